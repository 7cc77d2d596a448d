import type { ChatData } from './message.js';

export type OutgoingState = 'sending' | 'sent' | 'failed';

/** A message of this tab that the room's stream has not brought back yet. */
export interface Outgoing {
  readonly id: string;
  readonly channel: string;
  readonly data: ChatData;
  /** When it was written, milliseconds since 1970. */
  readonly time: number;
  state: OutgoingState;
  /** Its place in the room, once the server has stored it. */
  offset?: number;
  /** Why it failed, for a person. */
  problem?: string;
}

/**
 * What this tab has sent and not yet read back. Entries are matched by message id and leave when the stream delivers
 * the message, so that each is on screen exactly once, at its place.
 */
export class Outgoings {
  readonly #entries = new Map<string, Outgoing>();

  add(entry: Outgoing): void {
    this.#entries.set(entry.id, entry);
  }

  get(id: string): Outgoing | undefined {
    return this.#entries.get(id);
  }

  /** The server has stored it. `newest` is the newest offset on screen: a place before it has been read already. */
  accepted(id: string, offset: number, newest: number | undefined): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.state = 'sent';
    entry.offset = offset;
    delete entry.problem;
    if (newest !== undefined && offset <= newest) this.#entries.delete(id);
  }

  failed(id: string, problem: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.state = 'failed';
    entry.problem = problem;
  }

  again(id: string): Outgoing | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    entry.state = 'sending';
    delete entry.problem;
    return entry;
  }

  remove(id: string): void {
    this.#entries.delete(id);
  }

  /** In the order they were written. */
  of(channel: string): Outgoing[] {
    return [...this.#entries.values()].filter((entry) => entry.channel === channel);
  }

  all(): Outgoing[] {
    return [...this.#entries.values()];
  }

  get waiting(): number {
    return this.all().filter((entry) => entry.state === 'sending').length;
  }
}
