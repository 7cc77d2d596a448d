import { byId } from '../../common/dom.js';

/** On a phone the rooms are in a drawer; on a wide screen they are always there and this does nothing visible. */
export class Drawer {
  readonly #sidebar = byId('sidebar', HTMLElement);
  readonly #scrim = byId('scrim', HTMLElement);
  readonly #menu = byId('menu', HTMLButtonElement);

  constructor() {
    this.#menu.addEventListener('click', () => { this.#set(true); });
    this.#scrim.addEventListener('click', () => { this.close(); });
  }

  /** False when it was not open. */
  close(): boolean {
    if (!this.#sidebar.classList.contains('open')) return false;
    this.#set(false);
    this.#menu.focus();
    return true;
  }

  #set(open: boolean): void {
    this.#sidebar.classList.toggle('open', open);
    this.#scrim.hidden = !open;
    this.#menu.setAttribute('aria-expanded', String(open));
    if (open) this.#sidebar.querySelector<HTMLElement>('.room-link[aria-current]')?.focus();
  }
}
