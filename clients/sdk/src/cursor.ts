import type { Gap, Message } from './types.js';

interface Position {
  offset: number;
  epoch: string | null;
}

/**
 * The last offset that was delivered in each channel. The cursor itself is opaque; this is what makes a message that
 * arrives twice, because a connection broke between its delivery and the next cursor, reach the caller once.
 */
export class Positions {
  readonly #positions = new Map<string, Position>();

  /** The last offset delivered in the channel, or null when there was none. */
  offset(channel: string): number | null {
    return this.#positions.get(channel)?.offset ?? null;
  }

  /** True, once, for a message that was not delivered yet. */
  accept(message: Message): boolean {
    const position = this.#positions.get(message.channel);
    if (position === undefined) {
      this.#positions.set(message.channel, { offset: message.offset, epoch: null });
      return true;
    }
    if (message.offset <= position.offset) return false;
    position.offset = message.offset;
    return true;
  }

  /** True for a gap that was not told yet. Offsets begin anew with another epoch, and only then. */
  acceptGap(gap: Gap): boolean {
    const position = this.#positions.get(gap.channel);
    const sameLife = gap.reason === 'trimmed'
      ? position === undefined || position.epoch === null || position.epoch === gap.epoch
      : position?.epoch === gap.epoch;
    if (position !== undefined && sameLife && position.offset >= gap.first - 1) return false;
    this.#positions.set(gap.channel, { offset: gap.first - 1, epoch: gap.epoch });
    return true;
  }

  /** Notes the channel's epoch; the answer is true when it is another than the one that was known. */
  observeEpoch(channel: string, epoch: string): boolean {
    const position = this.#positions.get(channel);
    if (position === undefined) {
      this.#positions.set(channel, { offset: 0, epoch });
      return false;
    }
    if (position.epoch !== null && position.epoch !== epoch) return true;
    position.epoch = epoch;
    return false;
  }

  /** The channel was unsubscribed: another subscription begins afresh. */
  forget(channel: string): void {
    this.#positions.delete(channel);
  }
}
