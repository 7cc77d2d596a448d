import { asError } from './errors.js';
import { Positions } from './cursor.js';
import type { ChannelEntry, Join, Subscriptions } from './subscriptions.js';
import type { ClientError, Gap, Message, Signal } from './types.js';

/** What a transport received together. */
export interface Batch {
  readonly gaps?: readonly Gap[];
  readonly messages?: readonly Message[];
  readonly signals?: readonly Signal[];
  /** Where the reader stands after it; null where that is not known. */
  readonly cursor: string | null;
  /** The channels that are first held by this cursor. */
  readonly joins?: readonly ChannelEntry[];
}

export interface DeliveryEvents {
  onGap(gap: Gap): void;
  onMessage(): void;
  onError(error: ClientError): void;
}

/**
 * Hands batches to the subscriptions' handlers, one after the other, and keeps two cursors: `received`, from which the
 * next connection of this client goes on (what lies between is in memory), and `delivered`, which is what callers see.
 */
export class Delivery {
  readonly positions = new Positions();
  received: string | null;
  delivered: string | null;
  readonly #subscriptions: Subscriptions;
  readonly #events: DeliveryEvents;
  #tail: Promise<void> = Promise.resolve();
  /** Batches that were not handled yet, each with the channels that it joined and what they were before. */
  #waiting = new Map<Batch, readonly (readonly [ChannelEntry, Join])[]>();
  #backlog = 0;

  constructor(subscriptions: Subscriptions, cursor: string | null, events: DeliveryEvents) {
    this.#subscriptions = subscriptions;
    this.received = this.delivered = cursor;
    this.#events = events;
  }

  /** Messages and signals that were received and whose handlers did not return yet. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Fulfilled when everything that was received so far has been handled. */
  get idle(): Promise<void> {
    return this.#tail;
  }

  /** Queues a batch; fulfilled when its handlers have returned. Never rejects. */
  deliver(batch: Batch): Promise<void> {
    this.received = batch.cursor ?? this.received;
    const joins = (batch.joins ?? []).filter((entry) => entry.join !== 'joined');
    this.#waiting.set(batch, joins.map((entry) => [entry, entry.join]));
    this.#subscriptions.joined(joins);
    const size = sizeOf(batch);
    this.#backlog += size;
    this.#tail = this.#tail.then(async () => {
      await this.#handle(batch);
      if (this.#waiting.delete(batch)) {
        this.#backlog -= size;
        this.delivered = batch.cursor ?? this.delivered;
      }
    });
    return this.#tail;
  }

  /** Forgets what was not handled yet: it will be received again, from the cursor that was delivered. */
  discard(): void {
    for (const joins of this.#waiting.values()) {
      for (const [entry, before] of joins) entry.join = before;
    }
    this.#waiting = new Map();
    this.#backlog = 0;
    this.received = this.delivered;
  }

  async #handle(batch: Batch): Promise<void> {
    for (const gap of batch.gaps ?? []) {
      const entry = this.#open(batch, gap.channel);
      if (entry === null || !this.positions.acceptGap(gap)) continue;
      this.#events.onGap(gap);
      for (const handlers of [...entry.handlers]) await this.#run(gap.channel, () => handlers.onGap?.(gap));
    }
    for (const message of batch.messages ?? []) {
      const entry = this.#open(batch, message.channel);
      if (entry === null || !this.positions.accept(message)) continue;
      this.#events.onMessage();
      for (const handlers of [...entry.handlers]) await this.#run(message.channel, () => handlers.onMessage(message));
    }
    for (const signal of batch.signals ?? []) {
      const entry = this.#open(batch, signal.channel);
      if (entry === null) continue;
      for (const handlers of [...entry.handlers]) await this.#run(signal.channel, () => handlers.onSignal?.(signal));
    }
  }

  /** The channel's entry, unless nobody reads it any more or the batch was discarded. */
  #open(batch: Batch, channel: string): ChannelEntry | null {
    return this.#waiting.has(batch) ? this.#subscriptions.get(channel) ?? null : null;
  }

  async #run(channel: string, call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (thrown) {
      // Repeating it would call the handlers that did not fail twice, and a message that always fails would block the rest.
      this.#events.onError({ error: asError(thrown), context: 'handler', channel });
    }
  }
}

function sizeOf(batch: Batch): number {
  return (batch.messages?.length ?? 0) + (batch.signals?.length ?? 0) + (batch.gaps?.length ?? 0);
}
