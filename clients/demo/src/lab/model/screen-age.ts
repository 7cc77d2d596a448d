/**
 * How far a screen was behind, as an average over time: between a message being sent and being shown the screen's age
 * grows from 0 with the clock, and while nothing is on its way it is 0. Exact, and in constant memory.
 */
export class ScreenAge {
  /** The integral of the age over time, ms². */
  #area = 0;
  #largest = 0;
  #since: number | undefined;
  #until = 0;

  /** The oldest unseen message, sent at `sentAt`, has been shown. */
  shown(sentAt: number, now: number): void {
    this.#since ??= sentAt;
    const age = Math.max(0, now - sentAt);
    // Until the message before it was shown, that one was the oldest.
    const before = Math.max(0, this.#until - sentAt);
    this.#area += Math.max(0, (age * age - before * before) / 2);
    this.#largest = Math.max(this.#largest, age);
    this.#until = Math.max(this.#until, now);
  }

  /** From the first message sent to the last one shown; undefined before that. */
  get mean(): number | undefined {
    if (this.#since === undefined) return undefined;
    const span = this.#until - this.#since;
    return span <= 0 ? 0 : this.#area / span;
  }

  get largest(): number | undefined {
    return this.#since === undefined ? undefined : this.#largest;
  }
}
