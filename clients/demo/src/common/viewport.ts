/**
 * Keeps `--viewport-height` at the height that is really to be seen. Phones that lay their keyboard over the page
 * (iOS) tell it by the visual viewport alone; where the layout follows anyway this changes nothing.
 */
export function followViewport(): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const follow = (): void => {
    document.documentElement.style.setProperty('--viewport-height', `${viewport.height * viewport.scale}px`);
    if (viewport.scale === 1 && viewport.offsetTop > 0) window.scrollTo(0, 0);
  };
  viewport.addEventListener('resize', follow);
  follow();
}
