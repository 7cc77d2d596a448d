import { byId, setText } from '../../common/dom.js';
import { maxMessageBytes, sizeOf, type ChatData } from '../model/message.js';

export interface ComposerActions {
  /** The message's data for a text, so that its size is what will be sent. */
  compose(text: string): ChatData;
  send(data: ChatData): void;
  typing(): void;
  scrollPage(direction: 1 | -1): void;
}

/** From here on the size is shown: most messages never see it. */
const showSizeFrom = maxMessageBytes * 0.75;

/** The message box. Text that waits in a room is kept while another is open. */
export class Composer {
  readonly #text = byId('composer-text', HTMLTextAreaElement);
  readonly #button = byId('send', HTMLButtonElement);
  readonly #size = byId('size', HTMLElement);
  readonly #drafts = new Map<string, string>();
  readonly #actions: ComposerActions;
  #room = '';

  constructor(actions: ComposerActions) {
    this.#actions = actions;
    byId('composer', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener('keydown', (event) => { this.#keyDown(event); });
    this.#text.addEventListener('input', () => {
      this.#check();
      if (this.#text.value.trim() !== '') actions.typing();
    });
  }

  open(room: string): void {
    if (this.#room !== '') this.#drafts.set(this.#room, this.#text.value);
    this.#room = room;
    this.#text.value = this.#drafts.get(room) ?? '';
    this.#text.placeholder = `Message #${room}`;
    setText(byId('composer-label', HTMLElement), `Message to ${room}`);
    this.#check();
  }

  focus(): void {
    this.#text.focus();
  }

  #keyDown(event: KeyboardEvent): void {
    // While an input method composes, Enter accepts its suggestion.
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === 'PageUp' || event.key === 'PageDown') {
      event.preventDefault();
      this.#actions.scrollPage(event.key === 'PageUp' ? -1 : 1);
    }
  }

  #send(): void {
    const text = this.#text.value.replace(/\s+$/u, '');
    if (text.trim() === '' || !this.#check()) return;
    this.#text.value = '';
    this.#check();
    this.#actions.send(this.#actions.compose(text));
    this.#text.focus();
  }

  /** Tells the size before sending, and whether it can be sent. */
  #check(): boolean {
    const text = this.#text.value;
    // A character takes one byte or more, and escapes make six of one: short text needs no measuring.
    const size = text.length * 6 < showSizeFrom ? 0 : sizeOf(this.#actions.compose(text));
    const over = size > maxMessageBytes;
    this.#size.className = `size numbers${over ? ' over' : size >= showSizeFrom ? ' near' : ''}`;
    setText(this.#size, size < showSizeFrom ? '' : `${kilobytes(size)} of ${kilobytes(maxMessageBytes)} KB${over ? ': too long to send' : ''}`);
    this.#text.setAttribute('aria-invalid', String(over));
    this.#button.disabled = over || text.trim() === '';
    return !over;
  }
}

function kilobytes(bytes: number): string {
  return (Math.ceil(bytes / 102.4) / 10).toFixed(1);
}
