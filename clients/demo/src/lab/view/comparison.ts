import { byId, el } from '../../common/dom.js';
import { transportNames, transportText } from '../../common/transports.js';
import type { RecentCost } from '../lane.js';
import { Columns, type Value } from '../model/columns.js';
import { bytes, duration, percent, ratio } from '../model/format.js';
import { LiveChart } from './live-chart.js';

interface Measure {
  readonly title: string;
  readonly hint: string;
  readonly format: (value: number) => string;
  readonly atLeast: number;
}

const measures: readonly Measure[] = [
  { title: 'Age of what is on screen', hint: 'How long the oldest unseen message has been waiting', format: duration, atLeast: 500 },
  { title: 'Requests per message', hint: 'HTTP requests that it took to show one message', format: ratio, atLeast: 2 },
  { title: 'Bytes per message', hint: 'Up and down together', format: bytes, atLeast: 1_000 },
  { title: 'Empty answers', hint: 'Share of requests that brought nothing', format: percent, atLeast: 0.9 },
];

/** The four charts in which each transport is a line. */
export class Comparison {
  readonly #columns: Columns[];
  readonly #charts: LiveChart[];
  #values: Value[][] = blank();

  constructor(capacity: number, spanSeconds: number) {
    this.#columns = measures.map(() => new Columns(transportNames.length, capacity));
    const series = transportNames.map((transport) => ({ label: transportText[transport].name, color: `--${transport}`, width: 1.75 }));
    this.#charts = measures.map(({ title, hint, format, atLeast }, index) => {
      const host = el('div', { class: 'chart' });
      byId('charts', HTMLElement).append(el('figure', { class: 'panel' }, el('h3', {}, title), el('p', { class: 'hint' }, hint), host));
      const columns = this.#columns[index] ?? new Columns(transportNames.length, capacity);
      return new LiveChart({ host, label: `${title}, by transport, over the last ${spanSeconds} seconds`, series, columns, spanSeconds, format, atLeast });
    });
  }

  /** Takes one lane's values of this tick. */
  collect(lane: number, cost: RecentCost, age: number): void {
    [age, cost.requests, cost.bytes, cost.empty].forEach((value, measure) => {
      const row = this.#values[measure];
      if (row) row[lane] = value;
    });
  }

  push(x: number): void {
    this.#columns.forEach((columns, measure) => { columns.push(x, this.#values[measure] ?? []); });
    this.#values = blank();
  }

  draw(x: number): void {
    for (const chart of this.#charts) chart.draw(x);
  }

  clear(): void {
    for (const columns of this.#columns) columns.clear();
  }
}

function blank(): Value[][] {
  return measures.map(() => transportNames.map(() => null));
}
