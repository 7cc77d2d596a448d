/** The samples of the last so many milliseconds, and never more than `maxSamples` of them. */
export class SlidingWindow {
  readonly #spanMs: number;
  readonly #maxSamples: number;
  #times: number[] = [];
  #values: number[] = [];

  constructor(spanMs: number, maxSamples = 5_000) {
    this.#spanMs = spanMs;
    this.#maxSamples = maxSamples;
  }

  get size(): number {
    return this.#values.length;
  }

  push(time: number, value: number): void {
    this.#times.push(time);
    this.#values.push(value);
    // Dropping a quarter at once keeps pushing cheap.
    if (this.#values.length > this.#maxSamples) this.#drop(Math.ceil(this.#maxSamples / 4));
  }

  /** Forgets what is older than the window. */
  prune(now: number): void {
    const stale = this.#times.findIndex((time) => time >= now - this.#spanMs);
    this.#drop(stale < 0 ? this.#times.length : stale);
  }

  /** Nearest-rank percentiles, such as 0.5 and 0.95, in the order asked; undefined while there are no samples. */
  percentiles(...shares: number[]): (number | undefined)[] {
    const sorted = [...this.#values].sort((a, b) => a - b);
    return shares.map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]);
  }

  mean(): number | undefined {
    if (this.#values.length === 0) return undefined;
    return this.#values.reduce((sum, value) => sum + value, 0) / this.#values.length;
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#times = this.#times.slice(count);
    this.#values = this.#values.slice(count);
  }
}
