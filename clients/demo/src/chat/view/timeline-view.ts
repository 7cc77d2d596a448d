import { setText } from '../../common/dom.js';
import type { Row } from '../model/rows.js';
import { drawRow, versionOf, type RowActions } from './row-view.js';

interface Drawn {
  node: HTMLLIElement;
  version: string;
}

/** How close to the end counts as reading along, in pixels. */
const endWithin = 48;
/** How close to the start older messages are asked for: most of a screen, so that they are there before the edge is. */
const startWithin = 600;

export interface TimelineViewOptions {
  readonly scroller: HTMLElement;
  readonly list: HTMLOListElement;
  readonly jump: HTMLButtonElement;
  readonly actions: RowActions;
  /** The person has come near the oldest message that is loaded. */
  readonly onNearStart: () => void;
  /** The person has come to, or left, the newest message. */
  readonly onEnd: () => void;
}

/** Draws rows into the scrolling list, keeps the nodes of rows that stay, and holds the reader's place. */
export class TimelineView {
  readonly #options: TimelineViewOptions;
  #drawn = new Map<string, Drawn>();
  #room = '';
  #atEnd = true;
  #below = 0;

  constructor(options: TimelineViewOptions) {
    this.#options = options;
    options.scroller.addEventListener('scroll', () => { this.#scrolled(); }, { passive: true });
    options.jump.addEventListener('click', () => { this.toEnd(); });
    // The keyboard of a phone, a growing message box, a turned screen: who reads along keeps reading along.
    new ResizeObserver(() => {
      if (this.#atEnd) this.#scrollToEnd();
    }).observe(options.scroller);
  }

  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** Shows another room, at its newest message or at the line before the unread ones. */
  open(room: string, rows: readonly Row[]): void {
    this.#drawn.clear();
    this.#options.list.replaceChildren();
    this.#room = room;
    this.#below = 0;
    this.#atEnd = true;
    this.draw(rows, false);
    const unread = this.#drawn.get('unread')?.node;
    if (unread && unread.offsetTop < this.#options.list.scrollHeight - this.#options.scroller.clientHeight) {
      this.#options.scroller.scrollTop = unread.offsetTop - 16;
    }
    this.#scrolled();
  }

  /** Brings the list to these rows. Only what changed is touched. `arrived` counts new messages of other people. */
  draw(rows: readonly Row[], animate: boolean, arrived = 0): void {
    const place = this.#atEnd ? undefined : this.#anchor();
    const now = Date.now();
    this.#removeAllBut(new Set(rows.map((row) => row.key)));
    const next = new Map<string, Drawn>();
    let cursor: ChildNode | null = this.#options.list.firstChild;
    for (const row of rows) {
      const known = this.#drawn.get(row.key);
      // Only what comes at the end arrives; older messages are just there.
      const drawn = this.#nodeFor(row, known, now, animate && cursor === null && this.#drawn.size > 0);
      if (known && known !== drawn) {
        if (known.node === cursor) cursor = cursor.nextSibling;
        known.node.remove();
      }
      if (drawn.node === cursor) cursor = cursor.nextSibling;
      else this.#options.list.insertBefore(drawn.node, cursor);
      next.set(row.key, drawn);
    }
    this.#drawn = next;
    if (place) this.#restore(place);
    else this.#scrollToEnd();
    if (!this.#atEnd) this.#below += arrived;
    this.#showJump();
  }

  toEnd(): void {
    this.#scrollToEnd();
    this.#scrolled();
  }

  scrollPage(direction: 1 | -1): void {
    this.#options.scroller.scrollBy({ top: direction * this.#options.scroller.clientHeight * 0.85 });
  }

  /** Gone rows first: what stays is then in its place already, and nothing has to be moved. */
  #removeAllBut(keys: ReadonlySet<string>): void {
    for (const [key, { node }] of this.#drawn) if (!keys.has(key)) node.remove();
  }

  #nodeFor(row: Row, known: Drawn | undefined, now: number, animate: boolean): Drawn {
    const version = versionOf(row, now);
    if (known?.version === version) return known;
    const node = drawRow(row, this.#room, now, this.#options.actions);
    if (!known && animate && row.kind === 'message') node.classList.add('fresh');
    return { node, version };
  }

  /** The first row in sight that is a message, and how far it is from the top edge. */
  #anchor(): { key: string; top: number } | undefined {
    const edge = this.#options.scroller.scrollTop;
    for (const [key, { node }] of this.#drawn) {
      // Offsets are those of the layout: an animation that is under way does not show in them.
      if (node.classList.contains('message') && node.offsetTop + node.offsetHeight > edge) return { key, top: node.offsetTop };
    }
    return undefined;
  }

  #restore(place: { key: string; top: number }): void {
    const node = this.#drawn.get(place.key)?.node;
    if (node) this.#options.scroller.scrollTop += node.offsetTop - place.top;
  }

  #scrollToEnd(): void {
    this.#options.scroller.scrollTop = this.#options.scroller.scrollHeight;
  }

  #scrolled(): void {
    const { scroller } = this.#options;
    const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < endWithin;
    if (scroller.scrollTop < startWithin) this.#options.onNearStart();
    if (atEnd === this.#atEnd) return;
    this.#atEnd = atEnd;
    if (atEnd) this.#below = 0;
    this.#showJump();
    this.#options.onEnd();
  }

  #showJump(): void {
    const { jump } = this.#options;
    jump.hidden = this.#atEnd;
    setText(jump, this.#below === 0 ? 'To the newest ↓' : this.#below === 1 ? '1 new message ↓' : `${this.#below} new messages ↓`);
  }
}
