import { el } from '../../common/dom.js';
import { Columns, type Value } from '../model/columns.js';
import { count, duration } from '../model/format.js';
import { LiveChart, type LiveSeries } from '../view/live-chart.js';
import type { BrokerSample } from './types.js';

const spanSeconds = 40;
/** Four samples a second. */
const capacity = spanSeconds * 4 + 8;

const fast: LiveSeries = { label: 'fast node', color: '--node-fast', width: 1.75 };
const slow: LiveSeries = { label: 'slow node', color: '--node-slow', width: 1.75 };
const load: LiveSeries = { label: 'publishers', color: '--accent', width: 1.75 };
const refused: LiveSeries = { label: 'refused', color: '--bad', width: 1.75 };

interface Measure {
  readonly title: string;
  readonly hint: string;
  readonly series: readonly LiveSeries[];
  readonly values: (sample: BrokerSample) => readonly Value[];
  readonly format: (value: number) => string;
  readonly atLeast: number;
  readonly logFrom?: number;
}

const measures: readonly Measure[] = [
  { title: 'Behind', hint: 'Messages acknowledged and not delivered yet', series: [fast, slow], values: (sample) => [sample.fast.lag, sample.slow.lag], format: count, atLeast: 500 },
  { title: 'Delivery, 99 of 100 within', hint: 'From the moment at which a publish was due', series: [fast, slow], values: (sample) => [sample.fast.p99 ?? null, sample.slow.p99 ?? null], format: duration, atLeast: 1_000, logFrom: 1 },
  { title: 'Publishes in a second', hint: 'Acknowledged, and refused as by 503', series: [load, refused], values: (sample) => [sample.acceptedPerSecond, sample.refusedPerSecond], format: count, atLeast: 1_200 },
  { title: 'Waiting at the broker', hint: 'Frames in the slow node’s queue', series: [slow], values: (sample) => [sample.slow.queueDepth ?? null], format: count, atLeast: 500 },
  { title: 'Held in the slow node’s memory', hint: 'Frames pushed to it and not taken yet', series: [slow], values: (sample) => [sample.slow.unacknowledgedBytes], format: size, atLeast: 100_000 },
  { title: 'Publish, 99 of 100 within', hint: 'Until it is acknowledged', series: [load], values: (sample) => [sample.publishP99 ?? null], format: duration, atLeast: 100, logFrom: 1 },
];

/** Bytes in tens and hundreds, as an axis divides them. */
function size(value: number): string {
  return value < 1_000_000 ? `${(value / 1_000).toFixed(0)} kB` : `${(value / 1_000_000).toFixed(1)} MB`;
}

/** What waits where, live. */
export class BrokerCharts {
  readonly #columns = measures.map(({ series }) => new Columns(series.length, capacity));
  readonly #charts: LiveChart[];

  constructor(host: HTMLElement) {
    this.#charts = measures.map(({ title, hint, series, format, atLeast, logFrom }, index) => {
      const chart = el('div', { class: 'chart' });
      host.append(el('figure', { class: 'panel' }, el('h4', {}, title), el('p', { class: 'hint' }, hint), chart));
      const columns = this.#columns[index] ?? new Columns(series.length, capacity);
      return new LiveChart({
        host: chart, label: `${title}: ${series.map(({ label }) => label).join(' and ')}`, series, columns, spanSeconds, format, atLeast,
        ...(logFrom === undefined ? {} : { logFrom }),
      });
    });
  }

  push(sample: BrokerSample): void {
    this.#columns.forEach((columns, index) => { columns.push(sample.seconds, measures[index]?.values(sample) ?? []); });
    for (const chart of this.#charts) chart.draw(sample.seconds);
  }

  clear(): void {
    for (const columns of this.#columns) columns.clear();
    for (const chart of this.#charts) chart.draw(0);
  }
}
