import uPlot from 'uplot';
import { onThemeChange, resolvedColor } from '../../common/theme.js';
import type { Columns } from '../model/columns.js';

export interface LiveSeries {
  readonly label: string;
  /** The custom property that holds its colour. */
  readonly color: string;
  readonly width?: number;
  /** 0–1; default 1. */
  readonly opacity?: number;
  readonly dash?: number[];
}

export interface LiveChartOptions {
  readonly host: HTMLElement;
  /** What the chart shows, for those who can't see it. */
  readonly label: string;
  readonly series: readonly LiveSeries[];
  readonly columns: Columns;
  /** The span of the x axis, in seconds back from now. */
  readonly spanSeconds: number;
  readonly format: (value: number) => string;
  /** A logarithmic y axis from here on; linear from 0 where absent. */
  readonly logFrom?: number;
  /** The y axis reaches at least so far, so that noise does not look like an event. */
  readonly atLeast: number;
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot's own name for it is a const enum, which does not exist at run time.
const logarithmic: NonNullable<uPlot.Scale['distr']> = 3;

/** A line chart of the last minute that is redrawn when the page says so. */
export class LiveChart {
  readonly #options: LiveChartOptions;
  #plot: uPlot;
  #largest: number | undefined;

  constructor(options: LiveChartOptions) {
    this.#options = options;
    options.host.setAttribute('role', 'img');
    options.host.setAttribute('aria-label', options.label);
    this.#plot = this.#make();
    new ResizeObserver(() => {
      this.#plot.setSize(this.#size());
    }).observe(options.host);
    // Canvas colours don't follow the page's.
    onThemeChange(() => {
      this.#plot.destroy();
      this.#plot = this.#make();
    });
  }

  /** `x` is the present on the x axis, in seconds. `largest` is what the y axis has to hold, where charts share one. */
  draw(x: number, largest?: number): void {
    this.#largest = largest;
    const { columns, spanSeconds } = this.#options;
    this.#plot.batch(() => {
      this.#plot.setData(columns.data as uPlot.AlignedData, false);
      this.#plot.setScale('x', { min: x - spanSeconds, max: x });
      this.#plot.setScale('y', this.#range());
    });
  }

  #range(): { min: number; max: number } {
    const { columns, atLeast, logFrom } = this.#options;
    const largest = Math.max(this.#largest ?? columns.largest(atLeast), atLeast);
    return logFrom === undefined ? { min: 0, max: largest * 1.12 } : { min: logFrom, max: 10 ** Math.ceil(Math.log10(largest)) };
  }

  #size(): { width: number; height: number } {
    const { host } = this.#options;
    return { width: Math.max(host.clientWidth, 40), height: Math.max(host.clientHeight, 40) };
  }

  #make(): uPlot {
    const { host, series, columns, format, logFrom, spanSeconds } = this.#options;
    const ink = resolvedColor('--ink-faint');
    const line = resolvedColor('--line');
    const font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const axis: uPlot.Axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    const plot = new uPlot({
      ...this.#size(),
      pxAlign: false,
      legend: { show: false },
      padding: [8, 14, 0, 0],
      cursor: { show: false },
      scales: {
        x: { time: false, auto: false, range: (_plot, min, max) => [min, max] },
        y: { auto: false, ...(logFrom === undefined ? {} : { distr: logarithmic }), range: (_plot, min, max) => [min, max] },
      },
      axes: [
        { ...axis, size: 22, gap: 2, splits: (_plot, _index, min, max) => thirds(min, max), values: (plot_, splits) => splits.map((split) => ago(plot_, split)) },
        { ...axis, size: 52, gap: 4, ...(logFrom === undefined ? { space: 28 } : { splits: (_plot, _index, min, max) => decades(min, max), filter: (_plot, splits) => splits }), values: (_plot, splits) => splits.map((split) => axisText(format(split))) },
      ],
      series: [{}, ...series.map((one): uPlot.Series => ({
        label: one.label, stroke: withOpacity(resolvedColor(one.color), one.opacity ?? 1), width: one.width ?? 1.5,
        spanGaps: true, points: { show: false }, ...(one.dash ? { dash: one.dash } : {}),
      }))],
    }, columns.data as uPlot.AlignedData, host);
    const last = columns.data[0]?.at(-1) ?? spanSeconds;
    plot.setScale('x', { min: last - spanSeconds, max: last });
    plot.setScale('y', this.#range());
    return plot;
  }
}

/** "1.00 s" → "1 s": an axis needs no figures that say nothing. */
function axisText(text: string): string {
  return text.replace(/\.0+(?!\d)/, '');
}

function thirds(min: number, max: number): number[] {
  return [1, 2, 3].map((third) => min + ((max - min) * third) / 3);
}

function decades(min: number, max: number): number[] {
  const splits: number[] = [];
  for (let value = min; value <= max * 1.001; value *= 10) splits.push(value);
  return splits;
}

function ago(plot: uPlot, split: number): string {
  const seconds = Math.round((plot.scales['x']?.max ?? 0) - split);
  return seconds === 0 ? 'now' : `${seconds} s`;
}

function withOpacity(color: string, opacity: number): string {
  return opacity === 1 ? color : color.replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);
}
