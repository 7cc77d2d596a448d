import { deferred, type Deferred } from './deferred.js';
import type { RealtimeError } from './errors.js';
import type { SubscribeOptions, Subscription, SubscriptionHandlers } from './types.js';

/**
 * How a channel stands to the cursor.
 *
 * - `new`: the cursor does not hold it, or holds a place from an earlier subscription that no longer counts; it has to
 *   be joined at `latest` or `earliest`, said in that word.
 * - `resumed`: it was subscribed before `start()` with a cursor from outside, which may or may not hold it.
 * - `joined`: the cursor holds it.
 */
export type Join = 'new' | 'resumed' | 'joined';

/** One channel that is read, with all of its subscriptions. */
export interface ChannelEntry {
  readonly channel: string;
  readonly from: 'latest' | 'earliest';
  readonly handlers: Set<SubscriptionHandlers>;
  readonly ready: Deferred<void>;
  join: Join;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:~@-]{0,127}$/;

/** Throws for what is no channel name; what is one is safe in a path. */
export function requireChannelName(channel: string): void {
  if (!namePattern.test(channel)) throw new TypeError(`"${channel}" is not a channel name.`);
}

/** The channels that the client reads. */
export class Subscriptions {
  readonly #entries = new Map<string, ChannelEntry>();
  readonly #onChange: (removed: string | null) => void;

  constructor(onChange: (removed: string | null) => void) {
    this.#onChange = onChange;
  }

  get entries(): ChannelEntry[] {
    return [...this.#entries.values()];
  }

  get(channel: string): ChannelEntry | undefined {
    return this.#entries.get(channel);
  }

  /** Whether this very entry is still read; a later one of the same name is another. */
  has(entry: ChannelEntry): boolean {
    return this.#entries.get(entry.channel) === entry;
  }

  add(channel: string, handlers: SubscriptionHandlers, options: SubscribeOptions, join: Join): Subscription {
    requireChannelName(channel);
    let entry = this.#entries.get(channel);
    const isNew = entry === undefined;
    if (entry === undefined) {
      entry = { channel, from: options.from ?? 'latest', handlers: new Set(), ready: deferred(), join };
      // Handling the refusal is optional; it is told by the `error` event as well.
      entry.ready.promise.catch(() => undefined);
      this.#entries.set(channel, entry);
    }
    const own = { ...handlers };
    entry.handlers.add(own);
    if (isNew) this.#onChange(null);
    return { channel, ready: entry.ready.promise, unsubscribe: () => { this.#unsubscribe(entry, own); } };
  }

  /** The server does not let the client read this channel. */
  refuse(entry: ChannelEntry, error: RealtimeError): void {
    entry.ready.reject(error);
    if (this.has(entry)) this.#remove(entry);
  }

  /** The cursor holds these channels from now on. */
  joined(entries: Iterable<ChannelEntry>): void {
    for (const entry of entries) {
      entry.join = 'joined';
      entry.ready.resolve();
    }
  }

  #unsubscribe(entry: ChannelEntry, handlers: SubscriptionHandlers): void {
    if (entry.handlers.delete(handlers) && entry.handlers.size === 0 && this.has(entry)) this.#remove(entry);
  }

  #remove(entry: ChannelEntry): void {
    this.#entries.delete(entry.channel);
    this.#onChange(entry.channel);
  }
}
