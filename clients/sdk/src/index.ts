import type {
  ClientEvents, ClientStats, ConnectionState, HistoryPage, HistoryQuery, PublishAck, PublishOptions,
  RealtimeClientOptions, SubscribeOptions, Subscription, SubscriptionHandlers, TransportName, OutboxStorage, OutboxEntry,
} from './types.js';

export { RealtimeError, type LocalErrorCode, type Problem } from './errors.js';
export type * from './types.js';

export declare class LocalStorageOutbox implements OutboxStorage {
  constructor(key?: string, storage?: Storage);
  load(): readonly OutboxEntry[];
  add(entry: OutboxEntry): void;
  remove(channel: string, id: string): void;
}

export declare class RealtimeClient {
  constructor(options: RealtimeClientOptions);
  readonly state: ConnectionState;
  readonly transport: TransportName | null;
  readonly cursor: string | null;
  readonly stats: ClientStats;
  /** Fulfilled once connected, rejected once refused or stopped; pending while the server can't be reached. */
  start(): Promise<void>;
  stop(): Promise<void>;
  subscribe(channel: string, handlers: SubscriptionHandlers, options?: SubscribeOptions): Subscription;
  publish(channel: string, data: unknown, options?: PublishOptions): Promise<PublishAck>;
  signal(channel: string, type: string, data?: unknown): Promise<void>;
  history(channel: string, query?: HistoryQuery): Promise<HistoryPage>;
  /** Fulfilled once connected over it, as with `start()`. */
  setTransport(transport: 'auto' | TransportName): Promise<void>;
  setPollInterval(intervalMs: number): void;
  /** Returns what removes the handler. */
  on<K extends keyof ClientEvents>(event: K, handler: (payload: ClientEvents[K]) => void): () => void;
}
