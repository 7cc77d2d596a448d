/** More messages than any lane can be behind without being told to be missing some. */
const capacity = 20_000;

/** When each message of the run was due to be sent, by offset: what every lane is compared with. */
export class Ledger {
  readonly #sentAt = new Map<number, number>();
  #head = 0;

  /** The highest offset known to be published. */
  get head(): number {
    return this.#head;
  }

  /** Learned from the publisher's acknowledgement or from the first lane that shows the message. */
  note(offset: number, sentAt: number): void {
    if (this.#sentAt.has(offset)) return;
    this.#sentAt.set(offset, sentAt);
    this.#head = Math.max(this.#head, offset);
    if (this.#sentAt.size > capacity) {
      const oldest = this.#sentAt.keys().next().value;
      if (oldest !== undefined) this.#sentAt.delete(oldest);
    }
  }

  sentAt(offset: number): number | undefined {
    return this.#sentAt.get(offset);
  }
}
