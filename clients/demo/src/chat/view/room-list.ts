import { byId, el, setText } from '../../common/dom.js';
import { roomFromTyped, roomProblem } from '../../common/names.js';

export interface RoomEntry {
  readonly room: string;
  readonly unread: number;
  readonly removable: boolean;
}

export interface RoomListActions {
  open(room: string): void;
  join(room: string): void;
  leave(room: string): void;
}

/** The rooms at the side, with unread counts, arrow keys between them and a field to join another. */
export class RoomList {
  readonly #list = byId('room-list', HTMLUListElement);
  readonly #actions: RoomListActions;
  #drawn = '';

  constructor(actions: RoomListActions) {
    this.#actions = actions;
    this.#list.addEventListener('keydown', (event) => { this.#keyDown(event); });
    this.#bindForm();
  }

  draw(rooms: readonly RoomEntry[], current: string): void {
    const drawn = JSON.stringify([rooms, current]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const focused = document.activeElement instanceof HTMLElement && this.#list.contains(document.activeElement)
      ? document.activeElement.dataset['room']
      : undefined;
    this.#list.replaceChildren(...rooms.map((entry) => this.#item(entry, entry.room === current)));
    if (focused !== undefined) this.#links().find((link) => link.dataset['room'] === focused)?.focus();
  }

  #item({ room, unread, removable }: RoomEntry, current: boolean): HTMLLIElement {
    const link = el('button', {
      'type': 'button', 'class': unread > 0 ? 'room-link has-unread' : 'room-link', 'data-room': room,
      'aria-current': current && 'true', 'tabindex': current ? 0 : -1, 'onclick': () => { this.#actions.open(room); },
    },
    el('span', { 'class': 'hash', 'aria-hidden': 'true' }, '#'), el('span', { class: 'name' }, room),
    unread > 0 && el('span', { class: 'unread-count numbers' }, unread > 99 ? '99+' : String(unread), el('span', { class: 'visually-hidden' }, ' unread')));
    return el('li', { class: 'room-item' }, link, removable && el('button', {
      'type': 'button', 'class': 'leave', 'aria-label': `Leave ${room}`, 'title': `Leave ${room}`, 'onclick': () => { this.#actions.leave(room); },
    }, '×'));
  }

  #links(): HTMLButtonElement[] {
    return [...this.#list.querySelectorAll<HTMLButtonElement>('.room-link')];
  }

  #keyDown(event: KeyboardEvent): void {
    const links = this.#links();
    const at = links.findIndex((link) => link === document.activeElement);
    if (at < 0) return;
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    links[(target + links.length) % links.length]?.focus();
  }

  #bindForm(): void {
    const toggle = byId('add-room', HTMLButtonElement);
    const form = byId('room-form', HTMLFormElement);
    const field = byId('room-name', HTMLInputElement);
    const problem = byId('room-problem', HTMLElement);
    const show = (open: boolean): void => {
      form.hidden = !open;
      toggle.setAttribute('aria-expanded', String(open));
      field.value = '';
      setText(problem, '');
      if (open) field.focus();
      else toggle.focus();
    };
    toggle.addEventListener('click', () => { show(form.hidden !== false); });
    form.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      show(false);
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const room = roomFromTyped(field.value);
      const wrong = roomProblem(room);
      setText(problem, wrong ?? '');
      if (wrong !== undefined) return;
      show(false);
      this.#actions.join(room);
    });
  }
}
