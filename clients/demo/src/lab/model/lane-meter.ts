import type { Ledger } from './ledger.js';
import { Reservoir } from './reservoir.js';
import { ScreenAge } from './screen-age.js';
import { SlidingWindow } from './sliding-window.js';

/** The span of "live" percentiles. */
export const windowMs = 10_000;

/**
 * Checks and times what one lane shows. The channel is the lab's own and fresh, so the lane has to show offset 1, 2,
 * 3 … each once and in this order; anything else is counted.
 */
export class LaneMeter {
  readonly latency = new Reservoir();
  readonly recentLatency = new SlidingWindow(windowMs);
  readonly age = new ScreenAge();
  delivered = 0;
  repeated = 0;
  outOfOrder = 0;
  #highest = 0;
  /** All offsets up to here have been shown. */
  #upTo = 0;
  /** Shown offsets beyond the first that is missing. */
  readonly #beyond = new Set<number>();
  #sinceTick: number[] = [];

  /** Takes a message that has just been shown. */
  shown(offset: number, sentAt: number, now: number): void {
    if (offset <= this.#upTo || this.#beyond.has(offset)) {
      this.repeated++;
      return;
    }
    if (offset < this.#highest) this.outOfOrder++;
    this.#highest = Math.max(this.#highest, offset);
    this.#beyond.add(offset);
    if (offset === this.#upTo + 1) this.age.shown(sentAt, now);
    while (this.#beyond.delete(this.#upTo + 1)) this.#upTo++;
    this.delivered++;
    const latency = Math.max(0, now - sentAt);
    this.latency.push(latency);
    this.recentLatency.push(now, latency);
    this.#sinceTick.push(latency);
  }

  /**
   * Messages that will not come any more: passed over by a later one, or published longer than `patienceMs` ago. What
   * is merely on its way is not missing.
   */
  missing(ledger: Ledger, now: number, patienceMs: number): number {
    let missing = this.#highest - this.delivered;
    for (let offset = this.#highest + 1; offset <= ledger.head; offset++) {
      const sentAt = ledger.sentAt(offset);
      if (sentAt !== undefined && now - sentAt < patienceMs) break;
      missing++;
    }
    return missing;
  }

  /** How old the oldest message is that is published and not shown: 0 when the screen is up to date. */
  ageOfScreen(ledger: Ledger, now: number): number {
    if (this.#upTo >= ledger.head) return 0;
    const sentAt = ledger.sentAt(this.#upTo + 1);
    return sentAt === undefined ? 0 : Math.max(0, now - sentAt);
  }

  /** The mean latency of what was shown since the last call, for the live line; null when nothing was. */
  takeTick(): number | null {
    const latencies = this.#sinceTick;
    this.#sinceTick = [];
    return latencies.length === 0 ? null : latencies.reduce((sum, value) => sum + value, 0) / latencies.length;
  }
}
