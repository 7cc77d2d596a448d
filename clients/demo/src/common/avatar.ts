/** Fills a round mark with a person's initials in a colour that is always theirs. */
export function paintAvatar(node: HTMLElement, user: string): void {
  node.textContent = initials(user);
  node.style.setProperty('--hue', String(hueOf(user)));
}

function initials(user: string): string {
  const parts = user.split(/[._\-~@:]+/).filter((part) => part.length > 0);
  const [first = '?', second] = parts;
  return second === undefined ? first.slice(0, 2) : first.slice(0, 1) + second.slice(0, 1);
}

/** FNV-1a over the name, spread over the colour wheel. */
function hueOf(user: string): number {
  let hash = 0x811c9dc5;
  for (const character of user.toLowerCase()) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % 360;
}
