import { RealtimeClient, type ClientStats, type ConnectionState } from '@realtime/sdk';
import { demoToken } from '../common/tokens.js';
import type { TransportName } from '../common/transports.js';
import { LaneMeter, windowMs } from './model/lane-meter.js';
import type { Ledger } from './model/ledger.js';
import { isLabMessage, now } from './model/lab-message.js';
import type { Value } from './model/columns.js';

/** How often the lab takes a sample. */
export const tickMs = 250;

const ticksPerWindow = windowMs / tickMs;

/** Cost over the last window, for the charts; null while there is nothing to divide by. */
export interface RecentCost {
  readonly requests: Value;
  readonly bytes: Value;
  /** Share of requests that brought nothing, 0–1. */
  readonly empty: Value;
}

export interface LaneOptions {
  readonly transport: TransportName;
  readonly channel: string;
  readonly user: string;
  readonly pollIntervalMs: number;
  readonly ledger: Ledger;
  readonly onState: () => void;
}

/** One transport's reader of the lab's stream: a client of its own and a meter. */
export class Lane {
  readonly transport: TransportName;
  readonly meter = new LaneMeter();
  /** Fulfilled when everything that is published from now on will come. */
  readonly ready: Promise<void>;
  readonly #client: RealtimeClient;
  readonly #ledger: Ledger;
  readonly #history: (ClientStats & { readonly delivered: number })[] = [];
  #reason = '';

  constructor(options: LaneOptions) {
    this.transport = options.transport;
    this.#ledger = options.ledger;
    this.#client = new RealtimeClient({
      url: location.origin, token: () => demoToken(options.user), transport: options.transport,
      pollIntervalMs: options.pollIntervalMs,
    });
    this.#client.on('state', ({ reason }) => {
      this.#reason = reason;
      options.onState();
    });
    this.ready = this.#client.subscribe(options.channel, {
      onMessage: ({ offset, data }) => {
        if (!isLabMessage(data)) return;
        this.#ledger.note(offset, data.sentAt);
        this.meter.shown(offset, data.sentAt, now());
      },
    }).ready;
  }

  get state(): ConnectionState {
    return this.#client.state;
  }

  get reason(): string {
    return this.#reason;
  }

  get stats(): ClientStats {
    return this.#client.stats;
  }

  async start(): Promise<void> {
    await this.#client.start();
    await this.ready;
  }

  async stop(): Promise<void> {
    await this.#client.stop();
  }

  setPollInterval(ms: number): void {
    this.#client.setPollInterval(ms);
  }

  /** Forgets what has left the window, and returns the age of the screen. */
  tick(time: number): number {
    this.meter.recentLatency.prune(time);
    this.#history.push({ ...this.#client.stats, delivered: this.meter.delivered });
    if (this.#history.length > ticksPerWindow) this.#history.shift();
    return this.meter.ageOfScreen(this.#ledger, time);
  }

  /** Milliseconds between two requests of the last window; undefined before it is full. */
  recentPauseMs(): number | undefined {
    const requests = (this.#history.at(-1)?.requests ?? 0) - (this.#history[0]?.requests ?? 0);
    return this.#history.length < ticksPerWindow || requests === 0 ? undefined : windowMs / requests;
  }

  recentCost(): RecentCost {
    const first = this.#history[0];
    const last = this.#history.at(-1);
    if (!first || !last) return { requests: null, bytes: null, empty: null };
    const delivered = last.delivered - first.delivered;
    const requests = last.requests - first.requests;
    const bytes = last.bytesUp + last.bytesDown - first.bytesUp - first.bytesDown;
    return {
      requests: delivered === 0 ? null : requests / delivered,
      bytes: delivered === 0 ? null : bytes / delivered,
      // No request at all brought nothing in vain.
      empty: requests === 0 ? 0 : (last.emptyAnswers - first.emptyAnswers) / requests,
    };
  }
}
