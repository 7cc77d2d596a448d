import type { Api } from './api.js';
import type { Batch, Delivery } from './delivery.js';
import { deferred } from './deferred.js';
import type { Environment } from './environment.js';
import type { RealtimeError } from './errors.js';
import type { ChannelEntry, Subscriptions } from './subscriptions.js';
import { aborted, type Ending, type Limits, type Link, type Transport } from './transports/transport.js';
import type { ClientError } from './types.js';

/** What every connection of a client shares. */
export interface LinkContext {
  readonly api: Api;
  readonly environment: Environment;
  readonly delivery: Delivery;
  readonly subscriptions: Subscriptions;
  readonly limits: Limits;
  report(error: ClientError): void;
  retryBase(baseMs: number): void;
  /** The connection may be used; `isProven` is false while there is nothing to read. */
  onUsable(link: ActiveLink): void;
}

/** One connection of the client, from its first try to its end. */
export class ActiveLink implements Link {
  readonly transport: Transport;
  readonly #context: LinkContext;
  readonly #controller = new AbortController();
  readonly #failure = deferred<never>();
  readonly #watchers = new Set<(what: 'channels' | 'interval') => void>();
  #provenAt: number | null = null;
  #wasUsable = false;
  #isReplaced = false;

  constructor(transport: Transport, context: LinkContext) {
    this.transport = transport;
    this.#context = context;
  }

  get signal(): AbortSignal { return this.#controller.signal; }
  get api(): Api { return this.#context.api; }
  get environment(): Environment { return this.#context.environment; }
  get delivery(): Delivery { return this.#context.delivery; }
  get subscriptions(): Subscriptions { return this.#context.subscriptions; }
  get limits(): Limits { return this.#context.limits; }
  get isProven(): boolean { return this.#provenAt !== null; }
  /** Whether the client was connected by it, proven or not. */
  get wasUsable(): boolean { return this.#wasUsable; }
  /** Whether it was ended for the sake of another transport. */
  get isReplaced(): boolean { return this.#isReplaced; }

  /** How long the connection has been proven alive, in milliseconds. */
  get ageMs(): number {
    return this.#provenAt === null ? 0 : this.environment.now() - this.#provenAt;
  }

  /** Runs to the end. Whatever the transport still does after that reaches nobody. */
  async run(): Promise<Ending> {
    const closed = aborted(this.signal).then((): Ending => ({ kind: 'closed' }));
    try {
      // Not the transport's end alone: it may be waiting for a handler that waits for this very end.
      return await Promise.race([this.transport.run(this), this.#failure.promise, closed]);
    } finally {
      this.close();
    }
  }

  replace(): void {
    this.#isReplaced = true;
    this.close();
  }

  close(): void {
    this.#controller.abort();
    this.#watchers.clear();
  }

  notify(what: 'channels' | 'interval'): void {
    for (const watcher of [...this.#watchers]) watcher(what);
  }

  watch(handler: (what: 'channels' | 'interval') => void): () => void {
    this.#watchers.add(handler);
    return () => { this.#watchers.delete(handler); };
  }

  deliver(batch: Batch): Promise<void> {
    return this.signal.aborted ? Promise.resolve() : this.delivery.deliver(batch);
  }

  proven(): void {
    if (this.isProven || this.signal.aborted) return;
    this.#provenAt = this.environment.now();
    this.#use();
  }

  parked(): void {
    if (!this.isProven && !this.signal.aborted) this.#use();
  }


  fail(error: RealtimeError): void {
    this.#failure.reject(error);
  }

  refuse(entry: ChannelEntry, error: RealtimeError): void {
    this.subscriptions.refuse(entry, error);
    this.report({ error, context: 'subscribe', channel: entry.channel });
  }

  report(error: ClientError): void {
    this.#context.report(error);
  }

  retryBase(baseMs: number): void {
    this.#context.retryBase(baseMs);
  }

  #use(): void {
    this.#wasUsable = true;
    this.#context.onUsable(this);
  }
}
