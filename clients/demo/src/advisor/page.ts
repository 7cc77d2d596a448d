import { byId, el, setText } from '../common/dom.js';
import { shared } from '../common/storage.js';
import { demoToken } from '../common/tokens.js';
import { isTransportName, transportText } from '../common/transports.js';
import { flagFields, numberFields, proxyKinds, short, strategies, words, type Advice, type Workload } from './workload.js';

/** A person who moves a number is asked for nothing: the answer follows, a moment after the last change. */
const settleMs = 250;

/** The advisor: a workload on one side, what to choose and why on the other. */
export class AdvisorPage {
  readonly #form = byId('workload', HTMLFormElement);
  #token: Promise<string> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor() {
    for (const { field, label, hint } of numberFields) {
      byId('numbers', HTMLElement).append(el(
        'label', { 'class': 'number' }, el('span', {}, label, hint !== '' && el('small', {}, hint)),
        el('input', { 'class': 'field numbers', 'type': 'number', 'name': field, 'step': 'any', 'min': 0, 'inputmode': 'decimal' }),
      ));
    }
    for (const { field, label } of flagFields) {
      byId('flags', HTMLElement).append(el('label', { 'class': 'flag' }, el('input', { type: 'checkbox', name: field }), el('span', {}, label)));
    }
    const proxies = byId('proxies', HTMLSelectElement);
    for (const [value, label] of Object.entries(proxyKinds)) proxies.append(el('option', { value }, label));
    this.#form.oninput = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#ask('/api/advisor', this.#workload()), settleMs);
    };
    this.#form.onsubmit = (event) => { event.preventDefault(); };
    byId('live', HTMLButtonElement).onclick = () => void this.#ask('/api/advisor/live');
    byId('defaults', HTMLButtonElement).onclick = () => void this.#ask('/api/advisor', {});
    byId('measure', HTMLButtonElement).onclick = () => void this.#ask('/api/advisor?measure=true', this.#workload());
    void this.#ask('/api/advisor', {});
  }

  /** What the form holds; fields that are empty are left to the server. */
  #workload(): Partial<Record<keyof Workload, unknown>> {
    const data = new FormData(this.#form);
    const workload: Partial<Record<keyof Workload, unknown>> = { proxies: data.get('proxies') };
    for (const { field } of numberFields) {
      const text = data.get(field);
      if (typeof text === 'string' && text !== '') workload[field] = Number(text);
    }
    for (const { field } of flagFields) workload[field] = data.has(field);
    return workload;
  }

  async #ask(path: string, body?: unknown): Promise<void> {
    const number = ++this.#asked;
    const isTyped = path === '/api/advisor' && Object.keys(body ?? {}).length > 0;
    try {
      const headers: Record<string, string> = { authorization: `Bearer ${await this.#signIn()}` };
      const init: RequestInit = { headers, method: body === undefined ? 'GET' : 'POST' };
      if (body !== undefined) {
        headers['content-type'] = 'application/json';
        init.body = JSON.stringify(body);
      }
      const response = await fetch(path, init);
      const answer = await response.json() as Advice & { detail?: string; errors?: Record<string, string[]> };
      if (number !== this.#asked) return;
      this.#complain(response.ok ? undefined : answer.detail ?? `The server answered ${response.status}.`, Object.keys(answer.errors ?? {}));
      if (!response.ok) return;
      // What a person is just typing stays as it is.
      if (!isTyped) this.#fill(answer.workload);
      this.#show(answer);
    } catch (error) {
      if (number === this.#asked) this.#complain(error instanceof Error ? error.message : 'The server can’t be reached.', []);
    }
  }

  #signIn(): Promise<string> {
    const name = shared.get('name');
    return this.#token ??= demoToken(typeof name === 'string' ? name : 'guest').catch((error: unknown) => {
      this.#token = undefined;
      throw error;
    });
  }

  #fill(workload: Workload): void {
    for (const { field } of numberFields) this.#input(field).value = String(Number(workload[field].toPrecision(6)));
    for (const { field } of flagFields) this.#input(field).checked = workload[field];
    byId('proxies', HTMLSelectElement).value = workload.proxies;
  }

  #input(name: string): HTMLInputElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement;
  }

  #complain(text: string | undefined, fields: readonly string[]): void {
    const notice = byId('notice', HTMLElement);
    notice.hidden = text === undefined;
    setText(notice, text ?? '');
    for (const { field } of numberFields) {
      if (fields.includes(field)) this.#input(field).setAttribute('aria-invalid', 'true');
      else this.#input(field).removeAttribute('aria-invalid');
    }
  }

  #show(advice: Advice): void {
    byId('advice', HTMLElement).hidden = false;
    setText(byId('recommendation', HTMLElement), advice.recommendation);
    setText(byId('transport', HTMLElement), isTransportName(advice.transport) ? transportText[advice.transport].name : advice.transport);
    byId('reasons', HTMLUListElement).replaceChildren(...advice.reasons.map((reason) => el('li', {}, reason)));
    this.#showCosts(advice);
    byId('boxes', HTMLUListElement).replaceChildren(...Object.entries(advice.boxes).map(([name, ticked]) => el(
      'li', { 'class': ticked ? 'ticked' : 'open' }, el('span', { 'aria-hidden': true }, ticked ? '☑' : '☐'), el('span', {}, words(name), el('span', { 'class': 'visually-hidden' }, ticked ? ': yes' : ': no')),
    )));
    const { breakEven, units } = advice;
    setText(byId('break-even', HTMLElement),
      `Push and pull cost the same at ${short(breakEven.postsPerRead)} posts of an author for each read: at ${short(breakEven.postsPerAuthorPerDay)} posts a day with these reads, or at ${short(breakEven.readsPerReaderPerDay)} reads a day with these posts.`);
    byId('sensitivity', HTMLTableSectionElement).replaceChildren(...advice.sensitivity.map(({ change, recommendation }) => el(
      'tr', { 'class': recommendation === advice.recommendation ? undefined : 'turns' }, el('th', { scope: 'row' }, change.replace('rho', 'a source’s cost')), el('td', {}, recommendation))));
    setText(byId('units', HTMLElement),
      `Measured on this server: a write to a mailbox ${short(units.mailboxWriteNs)} ns, reading a source ${short(units.sourceReadNs)} ns, looking whether there is anything newer ${short(units.headCheckNs)} ns, a page of a mailbox ${short(units.mailboxReadNs)} ns; reading a source costs as much as ${short(units.rho)} writes.`);
  }

  #showCosts({ costs, recommendation }: Advice): void {
    const most = Math.max(...strategies.map((strategy) => costs[strategy].cpuSecondsPerDay), Number.MIN_VALUE);
    byId('costs', HTMLTableSectionElement).replaceChildren(...strategies.map((strategy) => {
      const cost = costs[strategy];
      const bar = el('span', { 'class': 'bar' });
      bar.style.setProperty('--share', String(cost.cpuSecondsPerDay / most));
      return el(
        'tr', { 'class': strategy === recommendation ? 'chosen' : undefined, 'data-strategy': strategy },
        el('th', { scope: 'row' }, strategy),
        el('td', {}, bar, short(cost.cpuSecondsPerDay)),
        el('td', {}, short(cost.mailboxWritesPerDay)), el('td', {}, short(cost.sourceReadsPerDay)),
        el('td', {}, `${short(cost.fanOutMs)} ms`), el('td', {}, `${short(cost.readMicros)} µs`), el('td', {}, `${short(cost.toOptimum)}×`),
      );
    }));
  }
}
