import type { BackoffOptions } from './types.js';

const defaultBaseMs = 500;
const defaultCapMs = 20_000;

/** Full-jitter backoff: a random time between 0 and `min(cap, base · 2ⁿ)`, which spreads clients that were cut together. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #baseMs: number;
  #tries = 0;

  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
    this.#baseMs = options.baseMs ?? defaultBaseMs;
  }

  /** How long to wait before the next try; not shorter than what the server asks for. */
  next(retryAfterMs: number | null = null): number {
    const ceiling = Math.min(this.#options.capMs ?? defaultCapMs, this.#baseMs * 2 ** Math.min(this.#tries, 30));
    this.#tries += 1;
    // On top of the server's time, not instead of it: all of those it turned away at once were given the same one.
    return Math.round((retryAfterMs ?? 0) + this.#random() * ceiling);
  }

  /** The server names the base itself (SSE `retry:`). */
  rebase(baseMs: number): void {
    this.#baseMs = baseMs;
  }

  /** Begins anew after a success. */
  reset(): void {
    this.#tries = 0;
  }
}
