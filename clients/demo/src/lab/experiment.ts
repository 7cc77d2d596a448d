import { transportNames } from '../common/transports.js';
import { Lane } from './lane.js';
import { duration } from './model/format.js';
import { now } from './model/lab-message.js';
import { Ledger } from './model/ledger.js';
import { summarize, type LaneSummary } from './model/summary.js';
import { Publisher } from './publisher.js';

export interface ExperimentOptions {
  readonly rate: number;
  readonly pollIntervalMs: number;
  readonly onState: () => void;
}

/** One run: a channel of its own, four lanes that read it and a publisher that writes it. */
export class Experiment {
  readonly channel: string;
  readonly ledger = new Ledger();
  readonly lanes: readonly Lane[];
  readonly publisher: Publisher;
  readonly #startedAt = now();
  #pollIntervalMs: number;
  #runningMs = 0;
  #runningSince: number | undefined;

  constructor(options: ExperimentOptions) {
    // Labs of other people, and earlier runs of this one, are other channels.
    const id = crypto.randomUUID().slice(0, 13);
    this.channel = `lab:${id}`;
    this.#pollIntervalMs = options.pollIntervalMs;
    const user = `lab-${id}`;
    const { ledger, channel } = this;
    this.lanes = transportNames.map((transport) => new Lane({
      transport, channel, user, ledger, pollIntervalMs: options.pollIntervalMs, onState: options.onState,
    }));
    this.publisher = new Publisher({ channel, user, ledger });
    this.publisher.setRate(options.rate);
  }

  get running(): boolean {
    return this.#runningSince !== undefined;
  }

  get elapsedMs(): number {
    return this.#runningMs + (this.#runningSince === undefined ? 0 : now() - this.#runningSince);
  }

  /** Fulfilled when all lanes read, so that every one of them gets the first message. */
  async connect(): Promise<void> {
    await Promise.all([this.publisher.connect(), ...this.lanes.map((lane) => lane.start())]);
  }

  run(): void {
    this.#runningSince ??= now();
    this.publisher.start();
  }

  pause(): void {
    this.#runningMs = this.elapsedMs;
    this.#runningSince = undefined;
    this.publisher.pause();
  }

  async stop(): Promise<void> {
    this.pause();
    await Promise.all([this.publisher.stop(), ...this.lanes.map((lane) => lane.stop())]);
  }

  setPollInterval(ms: number): void {
    this.#pollIntervalMs = ms;
    for (const lane of this.lanes) lane.setPollInterval(ms);
  }

  summaries(): LaneSummary[] {
    const time = now();
    const { ledger } = this;
    // A poll that has just missed a message brings it with the next one: three of them and ten seconds are patient.
    const patienceMs = 10_000 + 3 * this.#pollIntervalMs;
    return this.lanes.map(({ transport, meter, stats }) => summarize({ transport, meter, stats, ledger, now: time, patienceMs }));
  }

  /** What a person who watches should know about the run itself; undefined when it goes as it was set. */
  remark(): string | undefined {
    if (this.publisher.problem !== undefined) return `A message could not be published: ${this.publisher.problem}`;
    if (this.publisher.behindMs > 2_000) return 'Messages can’t be published this fast here: a lower rate shows the transports instead of the queue before them.';
    const pauseMs = this.lanes.find((lane) => lane.transport === 'short-poll')?.recentPauseMs();
    if (pauseMs === undefined || pauseMs < this.#pollIntervalMs * 1.3 + 100) return undefined;
    return `Short polling asks every ${duration(pauseMs)}: the server does not want to be asked more often.`;
  }

  /** The run for a file: settings, machine and every lane's result. */
  report(rate: number): object {
    return {
      startedAt: new Date(this.#startedAt).toISOString(), runningMs: Math.round(this.elapsedMs), channel: this.channel,
      settings: { messagesPerSecond: rate, shortPollIntervalMs: this.#pollIntervalMs },
      browser: navigator.userAgent, published: this.publisher.acknowledged, publishFailures: this.publisher.failed,
      lanes: this.summaries(),
    };
  }
}
