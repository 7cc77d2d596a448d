import type { ConnectionState } from '@realtime/sdk';
import { el, setText } from '../../common/dom.js';
import { transportText, type TransportName } from '../../common/transports.js';
import type { Columns } from '../model/columns.js';
import { bytes, count, duration, ratio } from '../model/format.js';
import type { LaneSummary } from '../model/summary.js';
import type { Verdict } from '../model/verdict.js';
import { LiveChart } from './live-chart.js';

const states: Record<ConnectionState, string> = {
  idle: 'not connected', connecting: 'connecting…', connected: 'connected', reconnecting: 'reconnecting…',
  refused: 'refused', stopped: 'stopped',
};

/** One lane on the page: live latency, the counters, and what they mean. */
export class LaneCard {
  readonly node: HTMLElement;
  readonly #state = el('span', { class: 'lane-state' });
  readonly #p50 = el('dd');
  readonly #p95 = el('dd');
  readonly #facts = new Map<string, HTMLElement>();
  readonly #verdict = el('p', { class: 'verdict' });
  readonly #chart: LiveChart;

  constructor(transport: TransportName, columns: Columns, spanSeconds: number) {
    const { name } = transportText[transport];
    const chart = el('div', { class: 'chart' });
    this.node = el('article', { 'class': 'lane', 'data-via': transport, 'aria-label': name },
      el('header', { class: 'lane-head' }, el('h2', {}, name), this.#state),
      el('dl', { class: 'headline numbers' },
        el('div', {}, el('dt', {}, 'Latency, median'), this.#p50),
        el('div', {}, el('dt', {}, '95 of 100 within'), this.#p95)),
      chart,
      el('dl', { class: 'facts numbers' },
        this.#fact('Delivered'), this.#fact('Missing'), this.#fact('Repeated'), this.#fact('Out of order'),
        this.#fact('Requests per message', 'wide'), this.#fact('Empty answers, of requests', 'wide'),
        this.#fact('Bytes per message, up / down', 'wide'), this.#fact('Screen age, mean / most', 'wide')),
      this.#verdict);
    this.#chart = new LiveChart({
      host: chart, label: `Latency of ${name} over the last ${spanSeconds} seconds`, columns, spanSeconds,
      series: [
        { label: 'live', color: `--${transport}`, width: 1, opacity: 0.45 },
        { label: 'median', color: `--${transport}`, width: 2 },
        { label: '95 %', color: '--ink-soft', width: 1, dash: [4, 3] },
      ],
      format: duration, logFrom: 1, atLeast: 1_000,
    });
  }

  drawState(state: ConnectionState, reason: string): void {
    setText(this.#state, states[state]);
    this.#state.title = reason;
    this.#state.className = state === 'refused' ? 'lane-state bad' : 'lane-state';
  }

  draw(summary: LaneSummary, verdict: Verdict, p50: number | undefined, p95: number | undefined): void {
    setText(this.#p50, duration(p50));
    setText(this.#p95, duration(p95));
    this.#set('Delivered', count(summary.delivered));
    for (const [label, value] of [['Missing', summary.missing], ['Repeated', summary.repeated], ['Out of order', summary.outOfOrder]] as const) {
      this.#set(label, count(value), value > 0 ? 'bad' : '');
    }
    this.#set('Requests per message', ratio(summary.requestsPerMessage));
    this.#set('Empty answers, of requests', `${count(summary.emptyAnswers)} of ${count(summary.requests)}`);
    this.#set('Bytes per message, up / down', `${bytes(summary.bytesUpPerMessage)} / ${bytes(summary.bytesDownPerMessage)}`);
    this.#set('Screen age, mean / most', `${duration(summary.ageMean)} / ${duration(summary.ageMax)}`);
    if (this.#verdict.dataset['tone'] !== verdict.tone || this.#verdict.textContent !== verdict.headline + verdict.detail) {
      this.#verdict.dataset['tone'] = verdict.tone;
      this.#verdict.replaceChildren(el('strong', {}, verdict.headline), verdict.detail);
    }
  }

  drawChart(x: number, largest: number): void {
    this.#chart.draw(x, largest);
  }

  #fact(label: string, className = ''): HTMLElement {
    const value = el('dd');
    this.#facts.set(label, value);
    return el('div', { class: className === '' ? undefined : className }, el('dt', {}, label), value);
  }

  #set(label: string, text: string, className = ''): void {
    const node = this.#facts.get(label);
    if (!node) return;
    setText(node, text);
    node.className = className;
  }
}
