import type { ChatMessage } from './message.js';

/** Offsets from..to, both included. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The loaded messages of one life (epoch) of a room's log, ascending by offset. Merging is by offset, so a page of
 * history and the live stream may overlap or arrive in any order without a repeat.
 */
export class Segment {
  epoch: string | undefined;
  /** The first offset that the server still holds, where it is known. */
  first: number | undefined;
  readonly messages: ChatMessage[] = [];

  constructor(epoch?: string) {
    this.epoch = epoch;
  }

  get oldest(): number | undefined {
    return this.messages[0]?.offset;
  }

  get newest(): number | undefined {
    return this.messages.at(-1)?.offset;
  }

  /** True when the message was not there yet. */
  add(message: ChatMessage): boolean {
    const at = this.#position(message.offset);
    if (this.messages[at]?.offset === message.offset) return false;
    this.messages.splice(at, 0, message);
    return true;
  }

  /** Reports what can't come any more: everything before `first`. */
  trimmedBefore(first: number): void {
    this.first = Math.max(this.first ?? 1, first);
  }

  dropOldest(keep: number): void {
    this.messages.splice(0, Math.max(0, this.messages.length - keep));
  }

  /** Where an offset is or would go. Nearly always the end, so that is looked at first. */
  #position(offset: number): number {
    if (offset > (this.newest ?? 0)) return this.messages.length;
    let low = 0;
    let high = this.messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.messages[middle]?.offset ?? offset) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
