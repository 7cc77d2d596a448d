import { byId, el, setText } from '../../common/dom.js';
import { duration } from '../model/format.js';
import { Refused, type NodesApi } from './api.js';
import { BrokerCharts } from './broker-charts.js';
import { BrokerRun } from './broker-run.js';
import { remarks, runColumns, slowPhase } from './run-columns.js';
import type { BrokerResult, BrokerSample } from './types.js';

const phaseText = {
  normal: 'Both nodes take frames as they come.',
  slow: 'One node takes frames at a tenth of the speed at which they come.',
  recovery: 'It is fast again and catches up.',
  done: 'Publishing has ended; what is on its way still arrives.',
} as const;

/** How long a switch waits to be confirmed by a sample before it shows what is. */
const switchPatienceMs = 1_500;

/** The experiment: one mode at a time, and a row for each that was run. */
export class BrokerView {
  readonly #api: NodesApi;
  readonly #mode = byId('broker-mode', HTMLSelectElement);
  readonly #start = byId('broker-start', HTMLButtonElement);
  readonly #slow = byId('broker-slow', HTMLInputElement);
  readonly #status = byId('broker-status', HTMLElement);
  readonly #rows = new Map<string, HTMLTableRowElement>();
  #charts: BrokerCharts | undefined;
  #run: BrokerRun | undefined;
  #busy = false;
  #switchedAt = 0;

  constructor(api: NodesApi) {
    this.#api = api;
    byId('broker-controls', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#startOrStop();
    });
    this.#slow.addEventListener('change', () => {
      this.#switchedAt = Date.now();
      this.#run?.setSlow(this.#slow.checked);
    });
  }

  /** Asks the server whether it can run experiments; shows the controls, or why there are none. */
  async prepare(): Promise<void> {
    try {
      const modes = await this.#api.modes();
      this.#mode.replaceChildren(...modes.map(({ name, title }) => el('option', { value: name, selected: name === 'push-100' }, title)));
      byId('broker', HTMLElement).hidden = false;
      this.#charts ??= new BrokerCharts(byId('broker-charts', HTMLElement));
      this.#say('Three nodes are started for a run, inside this server, with its broker between them.');
    } catch (error) {
      byId('broker-unavailable', HTMLElement).hidden = false;
      setText(byId('broker-unavailable', HTMLElement), error instanceof Refused ? error.message : 'The server can’t be asked whether it runs experiments.');
    }
  }

  async #startOrStop(): Promise<void> {
    if (this.#busy) return;
    if (this.#run) {
      this.#run.stop();
      this.#start.disabled = true;
      return;
    }
    this.#busy = true;
    this.#charts?.clear();
    this.#say('Starting three nodes…');
    this.#drawControls(true);
    try {
      this.#run = await BrokerRun.start(this.#api, this.#mode.value, (sample) => { this.#sampled(sample); }, (result, problem) => { this.#ended(result, problem); });
    } catch (error) {
      this.#ended(undefined, error instanceof Error ? error.message : String(error));
    } finally {
      this.#busy = false;
    }
  }

  #sampled(sample: BrokerSample): void {
    this.#charts?.push(sample);
    this.#slow.disabled = sample.phase === 'done';
    if (Date.now() - this.#switchedAt > switchPatienceMs || this.#slow.checked === (sample.phase === 'slow')) {
      this.#slow.checked = sample.phase === 'slow';
      this.#switchedAt = 0;
    }
    const extra = sample.refusing ? ' The broker refuses frames, so publishers are told 503.' : sample.slow.pulling ? ' The slow node pulls from the store besides.' : '';
    this.#say(`${duration(sample.seconds * 1_000)}: ${phaseText[sample.phase]}${extra}`);
  }

  #ended(result: BrokerResult | undefined, problem: string): void {
    this.#run = undefined;
    this.#drawControls(false);
    if (!result) {
      this.#say(problem, true);
      return;
    }
    this.#drawRow(result);
    const arrived = `all ${result.accepted.toLocaleString('en')} messages that were acknowledged arrived at both nodes, once and in order.`;
    const failed = result.checks.some((check) => check.outcome === 'Failed');
    const remark = remarks(result);
    this.#say(`${result.title}: ${failed ? 'not valid' : arrived}${remark === '' ? '' : failed ? `: ${remark}.` : ` With care; ${remark}.`}`, failed);
  }

  #drawControls(running: boolean): void {
    setText(this.#start, running ? 'Stop' : 'Start');
    this.#start.disabled = false;
    this.#mode.disabled = running;
    this.#slow.disabled = !running;
    if (!running) this.#slow.checked = false;
  }

  #drawRow(result: BrokerResult): void {
    const table = byId('broker-runs', HTMLTableElement);
    if (!table.tHead) {
      table.append(el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'While one node is slow'),
        ...runColumns.map(({ title, hint }) => el('th', { scope: 'col', title: hint }, title)))), el('tbody'));
      byId('broker-results', HTMLElement).hidden = false;
    }
    const slow = slowPhase(result);
    const row = el('tr', { 'data-mode': result.settings.mode }, el('th', { scope: 'row' }, result.title),
      ...runColumns.map(({ text, bad }) => el('td', { class: bad?.(slow, result) ? 'bad' : undefined }, text(slow, result))));
    row.lastElementChild?.setAttribute('title', remarks(result));
    const old = this.#rows.get(result.settings.mode);
    if (old) old.replaceWith(row);
    else table.tBodies[0]?.append(row);
    this.#rows.set(result.settings.mode, row);
  }

  #say(text: string, bad = false): void {
    setText(this.#status, text);
    this.#status.classList.toggle('bad', bad);
  }
}
