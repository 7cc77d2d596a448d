import { Backoff } from './backoff.js';
import { deferred, type Deferred } from './deferred.js';
import type { Environment } from './environment.js';
import { asError, asRealtimeError, RealtimeError } from './errors.js';
import type { BackoffOptions, ClientError, OutboxEntry, OutboxStorage, PublishAck } from './types.js';

/** So many messages, of different channels, are under way at once: fewer than a browser's six connections to a server. */
const maxInFlight = 4;

/** Sends one entry; `separately` asks for an HTTP request of its own instead of a frame among others. */
export type Send = (entry: OutboxEntry, separately: boolean) => Promise<PublishAck>;

interface Item {
  readonly entry: OutboxEntry;
  /** Null for an entry that an earlier client left behind. */
  readonly answer: Deferred<PublishAck> | null;
  separately: boolean;
}

/** The messages of one channel, in order; only the first is ever under way. */
interface Lane {
  readonly items: Item[];
  readonly backoff: Backoff;
  isBusy: boolean;
}

/**
 * Messages that wait to be acknowledged. Each is sent until the server has answered, always under the same id, so that
 * it is published once; those of one channel go one after the other, so that they stay in order.
 */
export class Outbox {
  readonly #storage: OutboxStorage;
  readonly #limit: number;
  readonly #send: Send;
  readonly #environment: Environment;
  readonly #backoff: BackoffOptions;
  readonly #report: (error: ClientError) => void;
  readonly #lanes = new Map<string, Lane>();
  #stored: Promise<void> | null = null;
  #size = 0;
  #inFlight = 0;
  #isOpen = false;
  #refusal: RealtimeError | null = null;

  constructor(
    storage: OutboxStorage, limit: number, send: Send, environment: Environment, backoff: BackoffOptions,
    report: (error: ClientError) => void,
  ) {
    this.#storage = storage;
    this.#limit = limit;
    this.#send = send;
    this.#environment = environment;
    this.#backoff = backoff;
    this.#report = report;
  }

  /** How many messages wait for their acknowledgement. */
  get size(): number {
    return this.#size;
  }

  /** Takes what an earlier client left behind. Only the first call does something. */
  load(): void {
    this.#stored ??= (async () => {
      for (const entry of await this.#storage.load()) {
        this.#size += 1;
        this.#enqueue({ entry, answer: null, separately: false });
      }
    })().catch((error: unknown) => { this.#report({ error: asError(error), context: 'publish' }); });
  }

  /** Keeps a message and sends it as soon as that is possible; fulfilled once it is durable on the server. */
  publish(entry: OutboxEntry): Promise<PublishAck> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal);
    if (this.#size >= this.#limit) {
      return Promise.reject(new RealtimeError('outbox-full', `${this.#limit} messages wait already.`));
    }
    this.#size += 1;
    this.load();
    const answer = deferred<PublishAck>();
    // One after the other, so that the storage keeps the order in which they were published.
    this.#stored = (this.#stored ?? Promise.resolve()).then(async () => {
      try {
        await this.#storage.add(entry);
        this.#enqueue({ entry, answer, separately: false });
      } catch (error) {
        this.#size -= 1;
        answer.reject(asError(error));
      }
    });
    return answer.promise;
  }

  /** There is a connection. */
  open(): void {
    this.#isOpen = true;
    this.#refusal = null;
    this.#pump();
  }

  /** There is none; what is not acknowledged is kept. */
  close(): void {
    this.#isOpen = false;
  }

  /** The server refused this client for good: nothing will ever be sent, and every caller is told. */
  refuse(error: RealtimeError): void {
    this.#isOpen = false;
    this.#refusal = error;
    for (const lane of this.#lanes.values()) {
      // One that is under way may still arrive; it is settled when that is known.
      for (const item of lane.items.slice(lane.isBusy ? 1 : 0)) this.#finish(item, error);
      lane.items.splice(lane.isBusy ? 1 : 0);
    }
  }

  #enqueue(item: Item): void {
    let lane = this.#lanes.get(item.entry.channel);
    if (lane === undefined) {
      lane = { items: [], backoff: new Backoff(this.#backoff, this.#environment.random), isBusy: false };
      this.#lanes.set(item.entry.channel, lane);
    }
    lane.items.push(item);
    if (this.#refusal === null) this.#pump();
    else this.refuse(this.#refusal);
  }

  #pump(): void {
    for (const [channel, lane] of [...this.#lanes]) {
      if (lane.isBusy) continue;
      const [item] = lane.items;
      if (item === undefined) {
        this.#lanes.delete(channel);
        continue;
      }
      if (!this.#isOpen || this.#inFlight >= maxInFlight) return;
      void this.#sendFirst(lane, item);
    }
  }

  async #sendFirst(lane: Lane, item: Item): Promise<void> {
    lane.isBusy = true;
    this.#inFlight += 1;
    let pauseMs: number | null = null;
    try {
      const ack = await this.#send(item.entry, item.separately);
      lane.items.shift();
      lane.backoff.reset();
      this.#finish(item, ack);
    } catch (thrown) {
      const error = asRealtimeError(thrown);
      // It may be what broke the connection, by its size for instance; alone it gets an answer that is about nothing else.
      if (error.code === 'connection-lost') item.separately = true;
      if (error.isTransient && this.#refusal === null) pauseMs = lane.backoff.next(error.retryAfterMs);
      else {
        lane.items.shift();
        this.#finish(item, error.isTransient ? this.#refusal ?? error : error);
      }
    }
    this.#inFlight -= 1;
    if (pauseMs === null) lane.isBusy = false;
    else this.#environment.setTimer(() => {
      lane.isBusy = false;
      if (this.#refusal === null) this.#pump();
      else this.refuse(this.#refusal);
    }, pauseMs);
    this.#pump();
  }

  #finish({ entry, answer }: Item, result: PublishAck | RealtimeError): void {
    this.#size -= 1;
    if (!(result instanceof RealtimeError)) answer?.resolve(result);
    else if (answer !== null) answer.reject(result);
    else this.#report({ error: result, context: 'publish', channel: entry.channel });
    this.#forget(entry).catch((error: unknown) => {
      this.#report({ error: asError(error), context: 'publish', channel: entry.channel });
    });
  }

  async #forget({ channel, id }: OutboxEntry): Promise<void> {
    await this.#storage.remove(channel, id);
  }
}
