import { byId, el, setText } from '../../common/dom.js';
import { isTransportChoice, textOf, transportNames, type TransportChoice } from '../../common/transports.js';
import { describeConnection, type Connection } from '../model/connection-text.js';

export interface ConnectionActions {
  choose(choice: TransportChoice): void;
  connect(): void;
  /** Tries again at once. */
  hurry(): void;
  disconnect(): void;
}

/** The pill that tells how this tab is connected, and behind it the switch of the transport. */
export class ConnectionView {
  readonly #pill = byId('connection', HTMLButtonElement);
  readonly #text = byId('connection-text', HTMLElement);
  readonly #status = byId('connection-status', HTMLElement);
  readonly #menu = byId('transports', HTMLFormElement);
  readonly #toggle = el('button', { class: 'button small', type: 'button' });
  readonly #hurry = el('button', { class: 'button small', type: 'button' }, 'Try now');
  #stopped = false;
  #announced = '';

  constructor(actions: ConnectionActions) {
    this.#menu.append(this.#choices(), el('p', { class: 'foot' }, this.#toggle, this.#hurry));
    this.#pill.addEventListener('click', () => { this.#open(this.#menu.hidden !== false); });
    this.#menu.addEventListener('change', () => {
      const choice = new FormData(this.#menu).get('transport');
      if (isTransportChoice(choice)) actions.choose(choice);
    });
    this.#toggle.addEventListener('click', () => {
      if (this.#stopped) actions.connect();
      else actions.disconnect();
    });
    this.#hurry.addEventListener('click', () => { actions.hurry(); });
    this.#menu.addEventListener('submit', (event) => { event.preventDefault(); });
    document.addEventListener('pointerdown', (event) => {
      if (event.target instanceof Node && !this.#menu.contains(event.target) && !this.#pill.contains(event.target)) this.#open(false);
    });
  }

  draw(connection: Connection): void {
    const { text, short, tone } = describeConnection(connection, Date.now());
    this.#pill.dataset['tone'] = tone;
    if (tone === 'good' && connection.transport) this.#pill.dataset['via'] = connection.transport;
    else delete this.#pill.dataset['via'];
    this.#pill.title = `${text}. Change how this tab is connected`;
    this.#text.replaceChildren(el('span', { class: 'wide' }, text), el('span', { class: 'narrow' }, short));
    this.#stopped = connection.state === 'stopped' || connection.state === 'refused';
    setText(this.#toggle, this.#stopped ? 'Connect again' : 'Disconnect this tab');
    this.#hurry.hidden = connection.state !== 'reconnecting';
    const input = this.#menu.querySelector<HTMLInputElement>(`input[value="${connection.choice}"]`);
    if (input) input.checked = true;
    this.#announce(connection.state, text);
  }

  /** Closes the menu; false when it was not open. */
  close(): boolean {
    if (this.#menu.hidden) return false;
    this.#open(false);
    this.#pill.focus();
    return true;
  }

  /** Read out once per state: a countdown that speaks every second helps nobody. */
  #announce(state: string, text: string): void {
    if (state === this.#announced) return;
    this.#announced = state;
    setText(this.#status, text);
  }

  #open(open: boolean): void {
    this.#menu.hidden = !open;
    this.#pill.setAttribute('aria-expanded', String(open));
    if (open) this.#menu.querySelector<HTMLInputElement>('input:checked')?.focus();
  }

  #choices(): HTMLFieldSetElement {
    const choices = (['auto', ...transportNames] as const).map((choice) => {
      const { name, badge, hint } = textOf(choice);
      return el('label', { class: 'choice' },
        el('input', { type: 'radio', name: 'transport', value: choice }),
        el('span', { class: 'what' }, name),
        choice !== 'auto' && el('span', { 'class': 'badge', 'data-via': choice, 'aria-hidden': 'true' }, badge),
        el('span', { class: 'hint' }, hint));
    });
    return el('fieldset', {}, el('legend', {}, 'How this tab is connected'), ...choices);
  }
}
