import { byId, el } from '../common/dom.js';
import { transportNames, transportText } from '../common/transports.js';
import { Experiment } from './experiment.js';
import { tickMs } from './lane.js';
import { Columns } from './model/columns.js';
import { now } from './model/lab-message.js';
import { judge } from './model/verdict.js';
import { Comparison } from './view/comparison.js';
import { Controls } from './view/controls.js';
import { LaneCard } from './view/lane-card.js';
import { drawSummary, summaryText } from './view/summary-table.js';

/** What the charts show, in seconds. */
const spanSeconds = 60;
const capacity = (spanSeconds * 1_000) / tickMs + 8;

/** The lab page: binds the experiment to its views and samples it four times a second. */
export class LabPage {
  readonly #controls: Controls;
  readonly #latency = transportNames.map(() => new Columns(3, capacity));
  readonly #cards: LaneCard[];
  readonly #comparison = new Comparison(capacity, spanSeconds);
  #experiment: Experiment | undefined;
  #connecting = false;
  #pausedByHiding = false;
  /** What the status line says while all goes well. */
  #running = '';

  constructor() {
    this.#controls = new Controls({
      startOrPause: () => void this.#startOrPause(),
      reset: () => void this.#reset(),
      rate: (rate) => this.#experiment?.publisher.setRate(rate),
      pollInterval: (ms) => this.#experiment?.setPollInterval(ms),
    });
    this.#cards = transportNames.map((transport, index) => new LaneCard(transport, this.#latency[index] ?? new Columns(3, capacity), spanSeconds));
    byId('lanes', HTMLElement).append(...this.#cards.map((card) => card.node));
    byId('legend', HTMLElement).append(...transportNames.map((transport) =>
      el('li', { 'data-via': transport }, el('span', { class: 'swatch' }), transportText[transport].name)));
    byId('copy', HTMLButtonElement).addEventListener('click', () => void this.#copy());
    byId('download', HTMLButtonElement).addEventListener('click', () => { this.#download(); });
    document.addEventListener('visibilitychange', () => { this.#visibilityChanged(); });
    this.#prepare();
    setInterval(() => { this.#tick(); }, tickMs);
  }

  /** A run that is set up but not connected, so that the page shows its lanes. */
  #prepare(): void {
    this.#experiment = new Experiment({
      rate: this.#controls.rate, pollIntervalMs: this.#controls.pollIntervalMs,
      onState: () => { this.#drawStates(); },
    });
    this.#controls.drawPhase('idle');
    this.#controls.say('Press Start: four readers connect, then this page begins to publish.');
    this.#drawStates();
    this.#drawNumbers();
  }

  async #startOrPause(): Promise<void> {
    const experiment = this.#experiment;
    if (!experiment || this.#connecting) return;
    if (experiment.running) {
      experiment.pause();
      this.#controls.drawPhase('paused');
      this.#controls.say('Paused. The lanes stay connected, so what idleness costs goes on being counted.');
      return;
    }
    this.#connecting = true;
    this.#controls.drawPhase('connecting');
    this.#controls.say('Connecting four readers…');
    try {
      await experiment.connect();
      experiment.run();
      this.#controls.drawPhase('running');
      this.#running = 'Running. Move the sliders and watch what each lane makes of it.';
    } catch (error) {
      this.#controls.say(`Could not connect: ${error instanceof Error ? error.message : String(error)}`, true);
      this.#controls.drawPhase('idle');
    } finally {
      this.#connecting = false;
    }
  }

  async #reset(): Promise<void> {
    const old = this.#experiment;
    this.#experiment = undefined;
    for (const columns of this.#latency) columns.clear();
    this.#comparison.clear();
    this.#prepare();
    await old?.stop();
  }

  #tick(): void {
    const experiment = this.#experiment;
    // Timers of a hidden page are slowed down by the browser: what they would measure is the browser.
    if (!experiment || document.hidden || experiment.elapsedMs === 0) return;
    const time = now();
    const x = performance.now() / 1_000;
    experiment.lanes.forEach((lane, index) => {
      const live = lane.meter.takeTick();
      const age = lane.tick(time);
      const [p50, p95] = lane.meter.recentLatency.percentiles(0.5, 0.95);
      this.#latency[index]?.push(x, [live, p50 ?? null, p95 ?? null]);
      this.#comparison.collect(index, lane.recentCost(), age);
    });
    this.#comparison.push(x);
    this.#drawNumbers();
    if (experiment.running) this.#controls.say(experiment.remark() ?? this.#running, experiment.publisher.problem !== undefined);
    // One scale for all four, so that a line's height means the same in every lane.
    const largest = Math.max(...this.#latency.map((columns) => columns.largest(0)));
    for (const card of this.#cards) card.drawChart(x, largest);
    this.#comparison.draw(x);
  }

  #drawStates(): void {
    this.#experiment?.lanes.forEach((lane, index) => this.#cards[index]?.drawState(lane.state, lane.reason));
  }

  #drawNumbers(): void {
    const experiment = this.#experiment;
    if (!experiment) return;
    const summaries = experiment.summaries();
    summaries.forEach((summary, index) => {
      const [p50, p95] = experiment.lanes[index]?.meter.recentLatency.percentiles(0.5, 0.95) ?? [];
      this.#cards[index]?.draw(summary, judge(summary, summaries), p50 ?? summary.latencyP50, p95 ?? summary.latencyP95);
    });
    drawSummary(byId('summary', HTMLTableElement), summaries);
    this.#controls.drawProgress(experiment.publisher.acknowledged, experiment.elapsedMs);
  }

  #visibilityChanged(): void {
    const experiment = this.#experiment;
    if (!experiment) return;
    if (document.hidden && experiment.running) {
      experiment.pause();
      this.#pausedByHiding = true;
    } else if (!document.hidden && this.#pausedByHiding) {
      this.#pausedByHiding = false;
      experiment.run();
      this.#running = 'Running again: it was paused while this tab was hidden, because browsers slow hidden tabs down.';
    }
  }

  async #copy(): Promise<void> {
    const text = summaryText(this.#experiment?.summaries() ?? []);
    try {
      await navigator.clipboard.writeText(text);
      this.#controls.say('The table is in the clipboard.');
    } catch {
      // No clipboard without a secure address or against the person's will: the selection is theirs to copy.
      getSelection()?.selectAllChildren(byId('summary', HTMLTableElement));
      this.#controls.say('The browser does not let this page copy. The table is selected: copy it with Ctrl+C.');
    }
  }

  #download(): void {
    const report = this.#experiment?.report(this.#controls.rate) ?? {};
    const url = URL.createObjectURL(new Blob([JSON.stringify(report, undefined, 2)], { type: 'application/json' }));
    el('a', { href: url, download: `realtime-lab-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.json` }).click();
    URL.revokeObjectURL(url);
  }
}
