import { Api } from './api.js';
import { Backoff } from './backoff.js';
import { Connector } from './connector.js';
import { ChannelConsumer } from './consumer.js';
import { deferred, type Deferred } from './deferred.js';
import { Delivery } from './delivery.js';
import { Emitter } from './emitter.js';
import { environmentOf, randomId, type Environment } from './environment.js';
import { asError, RealtimeError } from './errors.js';
import { Http } from './http.js';
import { Outbox } from './outbox.js';
import { MemoryOutbox } from './outbox-storage.js';
import { Push } from './push.js';
import { TransportSelector } from './selector.js';
import { move } from './state.js';
import { requireChannelName, Subscriptions } from './subscriptions.js';
import { TokenSource } from './token.js';
import { TransportMemory } from './transport-memory.js';
import { TrafficMeter } from './traffic.js';
import { longPoll } from './transports/long-poll.js';
import { shortPoll } from './transports/short-poll.js';
import { SignalRTransport } from './transports/signalr.js';
import { SseTransport } from './transports/sse.js';
import type { Limits } from './transports/transport.js';
import { WebSocketTransport } from './transports/websocket.js';
import type {
  ClientEvents, ClientStats, ConnectionState, Consumer, HistoryPage, HistoryQuery, InboxChannel, Presence, PresenceQuery, PublishAck, PublishOptions,
  RealtimeClientOptions, StateChange, SubscribeOptions, Subscription, SubscriptionHandlers, TransportName,
} from './types.js';

/** Reads and writes channels of a Realtime server over whichever transport gets through. */
export class RealtimeClient {
  /** Notifications for when the user is away, in browsers that have Web Push. */
  readonly push: Push;
  readonly #environment: Environment;
  readonly #events: Emitter<ClientEvents>;
  readonly #meter: TrafficMeter;
  readonly #api: Api;
  readonly #subscriptions: Subscriptions;
  readonly #delivery: Delivery;
  readonly #outbox: Outbox;
  readonly #selector: TransportSelector;
  readonly #connector: Connector;
  readonly #limits: { -readonly [K in keyof Limits]: Limits[K] };
  #state: ConnectionState = 'idle';
  #transport: TransportName | null = null;
  #waiters: Deferred<void>[] = [];

  constructor(options: RealtimeClientOptions) {
    const environment = this.#environment = environmentOf(options);
    this.#requireWebSocket(options.transport ?? 'auto');
    this.#events = new Emitter<ClientEvents>((thrown, event) => {
      if (event !== 'error') this.#events.emit('error', { error: asError(thrown), context: 'handler' });
      // An error handler that throws has nobody left to tell but the page or process itself.
      else queueMicrotask(() => { throw asError(thrown); });
    });
    const report = (error: ClientEvents['error']) => { this.#events.emit('error', error); };
    this.#meter = new TrafficMeter((traffic) => { this.#events.emit('traffic', traffic); });
    const tokens = new TokenSource(options.token, environment.now);
    this.#api = new Api(new Http(options.url, tokens, this.#meter, environment));
    this.push = new Push(this.#api);
    this.#limits = {
      proofTimeoutMs: options.proofTimeoutMs ?? 5_000,
      silenceMs: options.silenceMs ?? 35_000,
      longPollWaitMs: options.longPollWaitMs ?? 25_000,
      pollIntervalMs: options.pollIntervalMs ?? 3_000,
    };
    this.#subscriptions = new Subscriptions((removed) => {
      if (removed !== null) this.#delivery.positions.forget(removed);
      this.#connector.notify('channels');
    });
    this.#delivery = new Delivery(this.#subscriptions, options.cursor ?? null, {
      onGap: (gap) => { this.#events.emit('gap', gap); },
      onMessage: () => { this.#meter.stats.messages += 1; },
      onError: report,
    });
    const backoff = options.backoff ?? {};
    this.#outbox = new Outbox(
      options.outbox ?? new MemoryOutbox(), options.outboxLimit ?? 1_000,
      (entry, separately) => {
        const transport = separately ? null : this.#connector.transport;
        return transport?.publish?.(entry) ?? this.#api.publish(entry);
      },
      environment, backoff, report,
    );
    this.#selector = new TransportSelector(options.transport ?? 'auto', environment.WebSocket !== null, new TransportMemory(environment, options.url));
    this.#connector = new Connector(
      {
        api: this.#api, environment, delivery: this.#delivery, subscriptions: this.#subscriptions, limits: this.#limits, report,
      },
      () => ({
        websocket: options.webSocket === 'signalr' ? new SignalRTransport() : new WebSocketTransport(),
        sse: new SseTransport(),
        'long-poll': longPoll(),
        'short-poll': shortPoll(),
      }),
      this.#selector, new Backoff(backoff, environment.random),
      {
        onConnecting: (reason) => { this.#enter('connecting', reason); },
        onConnected: (transport) => { this.#onConnected(transport); },
        onInterrupted: (reason) => { if (this.#state === 'connected') this.#enter('reconnecting', reason, 0); },
        onReconnecting: (reason, retryInMs) => { this.#enter('reconnecting', reason, retryInMs); },
        onRefused: (error) => { this.#onRefused(error); },
      },
    );
  }

  /** What the connection is doing. */
  get state(): ConnectionState { return this.#state; }

  /** The transport that was proven last; null before the first and after the client was stopped or refused. */
  get transport(): TransportName | null { return this.#transport; }

  /** Where the reader stands: everything up to here has been handled. Hand it to a later client, on any transport. */
  get cursor(): string | null { return this.#delivery.delivered; }

  /** Counters since the client was made: a live view. */
  get stats(): ClientStats { return this.#meter.stats; }

  /** How many publishes wait for their acknowledgement. */
  get outboxSize(): number { return this.#outbox.size; }

  /**
   * Connects, and keeps connected. Fulfilled once connected; while the server can't be reached it is pending and the
   * client keeps trying. Rejected when the server refuses for good or `stop()` is called.
   */
  start(): Promise<void> {
    if (this.#state === 'connected') return Promise.resolve();
    const connected = this.#untilConnected();
    this.#outbox.load();
    this.#connector.start();
    return connected;
  }

  /**
   * Disconnects. Messages that were received and not handled yet are dropped and come again after the next `start()`,
   * which goes on from the cursor; unacknowledged publishes stay in the outbox.
   */
  stop(): Promise<void> {
    this.#connector.stop();
    this.#delivery.discard();
    this.#enter('stopped', 'stopped');
    this.#settle(new RealtimeError('stopped', 'The client was stopped.'));
    return Promise.resolve();
  }

  /** Reads a channel; connected or not, at any time. Several subscriptions of one channel share its place. */
  subscribe(channel: string, handlers: SubscriptionHandlers, options: SubscribeOptions = {}): Subscription {
    const isResumed = this.#state === 'idle' && this.#delivery.received !== null;
    return this.#subscriptions.add(channel, handlers, options, isResumed ? 'resumed' : 'new');
  }

  /**
   * Publishes through the outbox: sent until acknowledged, once, in the order of the calls for each channel. Rejected with a
   * {@link RealtimeError} when the server refuses it or the outbox is full.
   */
  publish(channel: string, data: unknown, options: PublishOptions = {}): Promise<PublishAck> {
    const text = JSON.stringify(data) as string | undefined;
    if (text === undefined) throw new TypeError('A message needs data that JSON can hold; null is allowed.');
    requireChannelName(channel);
    const { id = randomId(), type } = options;
    // A copy: what the caller changes later is not what was published.
    const copy: unknown = JSON.parse(text);
    return this.#outbox.publish(type === undefined ? { id, channel, data: copy } : { id, channel, type, data: copy });
  }

  /** Sends a signal, at most once. Rejected when the client is not connected. */
  async signal(channel: string, type: string, data?: unknown): Promise<void> {
    requireChannelName(channel);
    if (this.#state !== 'connected') throw new RealtimeError('not-connected', `The client is ${this.#state}.`);
    const transport = this.#connector.transport;
    await (transport?.sendSignal?.(channel, type, data) ?? this.#api.signal(channel, type, data));
  }

  /** Reads a page of a channel's history, connected or not. */
  history(channel: string, query: HistoryQuery = {}): Promise<HistoryPage> {
    requireChannelName(channel);
    return this.#api.history(channel, query);
  }

  /**
   * Reads a channel at one's own pace, connected or not: the server keeps the place, under a name that all share who may read the channel.
   * The name `me` is the user's own read marker, which makes the {@link inbox}.
   */
  consumer(channel: string, name: string): Consumer {
    requireChannelName(channel);
    return new ChannelConsumer(this.#api, channel, name);
  }

  /** Lists the channels that the user has marked or written in, with what is unread; by default at most 100, cut by the server at 1,000. */
  inbox(limit?: number): Promise<readonly InboxChannel[]> {
    return this.#api.inbox(limit);
  }

  /**
   * Tells who is in a channel now, connected or not. Who comes and goes later is told by signals of type `presence`, see
   * {@link PresenceChange}. Rejected with `not-found` where the server keeps no presence.
   */
  presence(channel: string, query: PresenceQuery = {}): Promise<Presence> {
    requireChannelName(channel);
    return this.#api.presence(channel, query.limit);
  }

  /**
   * Changes the transport and goes on from the cursor: nothing is lost and nothing comes twice. Fulfilled once connected over it,
   * as with `start()`; before `start()` at once. Don't wait for it inside a handler with messages still to be handled.
   */
  setTransport(transport: 'auto' | TransportName): Promise<void> {
    this.#requireWebSocket(transport);
    this.#selector.choose(transport, this.#environment.WebSocket !== null);
    if (this.#state === 'idle' || this.#state === 'stopped' || this.#state === 'refused') return Promise.resolve();
    const connected = this.#untilConnected();
    this.#connector.reselect('the transport was changed');
    return connected;
  }

  /** Sets the pause between short polls, in milliseconds, beginning with the present one. */
  setPollInterval(intervalMs: number): void {
    this.#limits.pollIntervalMs = intervalMs;
    this.#connector.notify('interval');
  }

  /** Calls the handler for each event of this kind; returns what ends that. */
  on<K extends keyof ClientEvents>(event: K, handler: (payload: ClientEvents[K]) => void): () => void {
    return this.#events.on(event, handler);
  }

  #onConnected(transport: TransportName): void {
    const previous = this.#transport;
    this.#transport = transport;
    if (previous !== transport) this.#events.emit('transport', { transport, previous, reason: 'connected' });
    this.#enter('connected', `connected over ${transport}`);
    this.#settle(null);
    this.#outbox.open();
  }

  #onRefused(error: RealtimeError): void {
    this.#enter('refused', error.message);
    this.#settle(error);
    this.#outbox.refuse(error);
  }

  #enter(state: ConnectionState, reason: string, retryInMs?: number): void {
    const previous = this.#state;
    this.#state = move(previous, state);
    if (state !== 'connected') this.#outbox.close();
    if ((state === 'stopped' || state === 'refused') && this.#transport !== null) {
      const transport = this.#transport;
      this.#transport = null;
      this.#events.emit('transport', { transport: null, previous: transport, reason });
    }
    if (previous === state && state !== 'reconnecting') return;
    const change: StateChange = { state, previous, reason };
    this.#events.emit('state', retryInMs === undefined ? change : { ...change, retryInMs });
  }

  #untilConnected(): Promise<void> {
    const waiter: Deferred<void> = deferred();
    this.#waiters.push(waiter);
    // The state event tells the same: not everyone waits for this promise.
    waiter.promise.catch(() => undefined);
    return waiter.promise;
  }

  #settle(error: RealtimeError | null): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (error === null) waiter.resolve();
      else waiter.reject(error);
    }
  }

  #requireWebSocket(transport: 'auto' | TransportName): void {
    if (transport !== 'websocket' || this.#environment.WebSocket !== null) return;
    throw new TypeError('There is no WebSocket here: hand in a constructor, such as that of package "ws", as `WebSocket`.');
  }
}
