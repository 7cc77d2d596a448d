/** How messages reach the client. The labels are the server's own, in logs and metrics too. */
export type TransportName = 'websocket' | 'sse' | 'long-poll' | 'short-poll';

/**
 * What the connection is doing, in words that can be shown to a person.
 *
 * - `idle`: not started yet.
 * - `connecting`: the first attempt, or a deliberate change of transport, is under way.
 * - `connected`: messages arrive.
 * - `reconnecting`: the connection was lost, or never came up, and will be tried again without being asked.
 * - `refused`: the server said no for good; nothing happens until `start()` is called again.
 * - `stopped`: `stop()` was called.
 */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'refused' | 'stopped';

/** A message of a channel's log. Offsets of a channel are contiguous and arrive in order, once. */
export interface Message {
  readonly channel: string;
  /** The message's place in its channel: 1, 2, 3 … */
  readonly offset: number;
  /** The publisher's id of the message, unique in the channel for the server's deduplication window. */
  readonly id: string;
  readonly type: string;
  /** Who published it, as the server authenticated them. */
  readonly user: string;
  /** When the server accepted it: UTC, RFC 3339 with milliseconds. */
  readonly time: string;
  readonly data: unknown;
}

/** A message that is not stored: delivered at most once, to whoever is connected. */
export interface Signal {
  readonly channel: string;
  readonly type: string;
  readonly user: string;
  readonly time: string;
  readonly data?: unknown;
  readonly id?: string;
}

/** Says that some messages of a channel can't be had any more. It comes before the messages that follow it. */
export interface Gap {
  readonly channel: string;
  /** The channel's present epoch. */
  readonly epoch: string;
  /** The first offset that is missing. */
  readonly requested: number;
  /** The offset at which reading goes on. */
  readonly first: number;
  /** The last offset of the channel when the gap was told. */
  readonly head: number;
  /** `trimmed`: retention removed them; `epoch`: the log was lost or cleared and began anew. */
  readonly reason: 'trimmed' | 'epoch';
}

/** The server's answer to a publish, given once the message is durable. */
export interface PublishAck {
  readonly channel: string;
  readonly epoch: string;
  readonly offset: number;
  readonly id: string;
  readonly time: string;
}

/** Which page of a channel's history to read; with none of the first three, the newest. */
export interface HistoryQuery {
  /** Messages with an offset below this one, nearest to it. */
  readonly before?: number;
  /** Messages with an offset above this one. */
  readonly after?: number;
  /** Messages accepted at this time or later. */
  readonly since?: Date | string;
  /** How many at most. Default: the server's, 100; the server cuts it at 1,000. */
  readonly limit?: number;
}

/** A page of history, always in ascending order of offsets. */
export interface HistoryPage {
  readonly channel: string;
  readonly epoch: string;
  /** The first offset that is retained. */
  readonly first: number;
  /** The last offset of the channel; 0 when it is empty. */
  readonly head: number;
  readonly messages: readonly Message[];
  readonly gap?: Gap;
}

/** How far a consumer has read. */
export interface ConsumerState {
  readonly consumer: string;
  /** The offset that was committed last; 0 before the first commit, and when the log has begun anew since. */
  readonly offset: number;
  /** The last offset of the channel. */
  readonly head: number;
  /** How many messages lie between the two. */
  readonly lag: number;
}

/** What a fetch asks for. */
export interface FetchQuery {
  /** Messages with an offset above this one. Default: the committed offset. */
  readonly after?: number;
  /** How many at most. Default: the server's, 100; the server cuts it at 1,000. */
  readonly limit?: number;
  /** How long the server may hold the request until there is enough. Default 0 ms; the server cuts it at 55,000 ms. */
  readonly waitMs?: number;
  /** How many bytes of messages are enough, as JSON. Default 1: the first message is enough. */
  readonly minBytes?: number;
  /** Ends a fetch that is held. */
  readonly signal?: AbortSignal;
}

/** A reader whose place in a channel the server keeps. */
export interface Consumer {
  readonly channel: string;
  readonly name: string;
  /** Tells how far it has read. */
  state(): Promise<ConsumerState>;
  /** Commits that everything up to this offset, and no more, has been read; 0 means nothing. */
  commit(offset: number): Promise<ConsumerState>;
  /** Commits a place: `earliest` or `latest`, or so that the messages from a time on come next. */
  seek(to: Date | string): Promise<ConsumerState>;
  /** Reads what follows; commits nothing. An empty page means that there is nothing new. */
  fetch(query?: FetchQuery): Promise<HistoryPage>;
  /** Makes the server forget the consumer. Rejected with `not-found` where there is none. */
  remove(): Promise<void>;
}

/** A channel that the user has marked or written in. */
export interface InboxChannel {
  readonly channel: string;
  /** The last offset of the channel. */
  readonly head: number;
  /** The offset of the user's read marker, the consumer `me`; 0 where there is none. */
  readonly offset: number;
  /** How many messages lie between the two. */
  readonly unread: number;
}

/** Which users to name. */
export interface PresenceQuery {
  /** How many at most. Default: the server's, 100; the server cuts it at 1,000. */
  readonly limit?: number;
}

/** Who reads a channel, over all transports and nodes. */
export interface Presence {
  readonly channel: string;
  /** All users who are there, however many are named. */
  readonly count: number;
  /** Those who have been there longest. */
  readonly users: readonly PresentUser[];
}

/** A user who is in a channel. */
export interface PresentUser {
  readonly user: string;
  /** Since when, over reconnects and changes of transport: UTC, RFC 3339 with milliseconds. */
  readonly since: string;
  /** How they read: labels of {@link TransportName} or `signalr`; none for somebody who has just gone and may be back in a moment. */
  readonly transports: readonly string[];
}

/** The `data` of a signal of type `presence`. Nobody is told of himself. */
export type PresenceChange =
  | { readonly event: 'join' | 'leave'; readonly user: string; readonly count: number }
  /** Too many came and went to name each: ask for the list again if you show one. */
  | { readonly event: 'count'; readonly count: number };

/** What a subscription calls. One call at a time for the whole client, in order. */
export interface SubscriptionHandlers {
  /**
   * Called once for every message. The cursor moves past the message when it returned, or when the promise it
   * returned is fulfilled. While it runs, nothing else is delivered: that is the pressure that slows the server down.
   */
  onMessage(message: Message): void | Promise<void>;
  /** Called for each signal. */
  onSignal?(signal: Signal): void | Promise<void>;
  /** Called before the messages that follow the gap. */
  onGap?(gap: Gap): void | Promise<void>;
}

/** Options of one subscription. */
export interface SubscribeOptions {
  /**
   * Where to begin: only what comes from now on (`latest`, the default) or all that is retained (`earliest`). A client
   * that was given a cursor resumes from it in the channels that are subscribed before `start()`, whatever this says.
   */
  readonly from?: 'latest' | 'earliest';
}

/** A running subscription. */
export interface Subscription {
  readonly channel: string;
  /**
   * Fulfilled when the server reads this channel for the client: what is published from then on will be delivered.
   * Rejected with the server's refusal when this channel may not be read. Handling it is optional.
   */
  readonly ready: Promise<void>;
  /** Ends the subscription: its handlers are not called again. Calling it twice is harmless. */
  unsubscribe(): void;
}

/** Options of one publish. */
export interface PublishOptions {
  /** Default `message`. */
  readonly type?: string;
  /** The message's id, at most 64 characters of `A–Z a–z 0–9 . _ : ~ @ -`. Default: 32 random hexadecimal digits. */
  readonly id?: string;
}

/** A message that waits to be acknowledged. */
export interface OutboxEntry {
  readonly id: string;
  readonly channel: string;
  readonly type?: string;
  readonly data: unknown;
}

/** Where unacknowledged messages are kept. Entries are returned in the order in which they were added. */
export interface OutboxStorage {
  /** All entries, oldest first. Called once, by the first `start()` or `publish()`. */
  load(): readonly OutboxEntry[] | Promise<readonly OutboxEntry[]>;
  /** Keeps an entry. A failure rejects the publish. */
  add(entry: OutboxEntry): void | Promise<void>;
  /** Forgets the entry with this id in this channel; one that is not there is no error. */
  remove(channel: string, id: string): void | Promise<void>;
}

/** Full-jitter backoff: before try n the client waits a random time between 0 and `min(capMs, baseMs · 2ⁿ)`. */
export interface BackoffOptions {
  /** Default 500 ms; an SSE `retry:` replaces it. */
  readonly baseMs?: number;
  /** Default 20,000 ms. */
  readonly capMs?: number;
}

/** Starts a timer of so many milliseconds and returns what cancels it. */
export type SetTimer = (callback: () => void, delayMs: number) => () => void;

/** The part of the WebSocket constructor that the client uses: the browser's, or that of package `ws`. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike;

/** The part of a WebSocket that the client uses. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

/** The part of the browser's `localStorage` that remembers transports. */
export type TransportStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Options of a client; only `url` and `token` are required. */
export interface RealtimeClientOptions {
  /** The server's address, such as `https://chat.example.org`; a path before `/api` is kept. */
  readonly url: string;
  /**
   * The JWT, or a function that gets one. A function is called when the token it gave last is about to expire or was
   * refused; a plain string can't be renewed, so its refusal is final.
   */
  readonly token: string | (() => string | Promise<string>);
  /**
   * Default `auto`: WebSocket, SSE, long polling, short polling, the first that proves to work. One that is lost within seconds of its proof twice
   * in a row makes way for the next. On a lower one the better ones are tried again beside it, after half a minute and then ever more seldom, up to
   * every five minutes, and the first that works takes over.
   */
  readonly transport?: 'auto' | TransportName;
  /** What carries `websocket`. Default `plain`; `signalr` needs the package `@microsoft/signalr`, loaded only then. */
  readonly webSocket?: 'plain' | 'signalr';
  /** A cursor that an earlier client had, or `latest` (the default) or `earliest`. */
  readonly cursor?: string;
  /** Pause between two short polls. Default 3,000 ms; the server may ask for more. */
  readonly pollIntervalMs?: number;
  /** How long the server may hold a long poll. Default 25,000 ms; at most 55,000. */
  readonly longPollWaitMs?: number;
  /** Within this time the first two events must come, or the transport is taken for dead. Default 5,000 ms. */
  readonly proofTimeoutMs?: number;
  /** No frame for this long means that the connection is dead. Default 35,000 ms: the server pings every 15 s. */
  readonly silenceMs?: number;
  readonly backoff?: BackoffOptions;
  /** Where unacknowledged publishes are kept. Default: in memory. */
  readonly outbox?: OutboxStorage;
  /** How many publishes may wait for their acknowledgement; one more is rejected. Default 1,000. */
  readonly outboxLimit?: number;
  /** Where it is kept which transport worked, for a day. Default: the browser's `localStorage`, where there is one; null for nowhere. */
  readonly storage?: TransportStore | null;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** Default: the global one. Node 20 has none: hand in that of package `ws`, or `auto` begins with SSE. */
  readonly WebSocket?: WebSocketConstructor;
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
  /** Default `setTimeout`. */
  readonly setTimer?: SetTimer;
  /** A number from 0 up to but not including 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** Told by `on('state')`. */
export interface StateChange {
  readonly state: ConnectionState;
  readonly previous: ConnectionState;
  /** Why, for a person to read. */
  readonly reason: string;
  /** With `reconnecting`: how long the client waits before it tries again. */
  readonly retryInMs?: number;
}

/** What a push brings to the service worker, as `event.data.json()`. */
export interface PushContent {
  /** `user:` and the user's id. */
  readonly channel: string;
  /** The newest message's offset. */
  readonly offset: number;
  /** How many messages of the channel the user has not read. */
  readonly unread: number;
  /** The newest message's type. */
  readonly type: string;
  /** The newest message's data; left out where it is too large for a push. */
  readonly data?: unknown;
}

/** Told by `on('transport')`. */
export interface TransportChange {
  /** The transport in use, or null while there is none. */
  readonly transport: TransportName | null;
  readonly previous: TransportName | null;
  /** Why, for a person to read. */
  readonly reason: string;
}

/** Told by `on('traffic')` for every request, answer and frame. */
export interface Traffic {
  /** The transport in use or being tried. */
  readonly transport: TransportName | null;
  readonly direction: 'up' | 'down';
  readonly kind: 'read' | 'publish' | 'signal' | 'history' | 'consumer' | 'presence' | 'ticket' | 'push';
  /** Bytes of the request or answer, as counted in {@link ClientStats}. */
  readonly bytes: number;
  /** True for an answer to a poll that brought nothing. */
  readonly empty: boolean;
}

/** Told by `on('error')`: something failed that no promise reports. */
export interface ClientError {
  readonly error: Error;
  /** `connection`: a connection was lost or could not be made; `handler`: one of the caller's functions threw. */
  readonly context: 'connection' | 'handler' | 'publish' | 'subscribe' | 'signal';
  readonly channel?: string;
}

/** What each event hands to its handlers. */
export interface ClientEvents {
  state: StateChange;
  gap: Gap;
  transport: TransportChange;
  traffic: Traffic;
  error: ClientError;
}

/**
 * Counters since the client was made. Bytes are those the client can see: request line, its own headers and body; status line,
 * visible headers and body of an answer, before compression; WebSocket frames with their framing. What TCP, TLS and the browser add is not in them.
 */
export interface ClientStats {
  /** HTTP requests, WebSocket handshakes included. */
  readonly requests: number;
  /** Polls that were answered and brought nothing. */
  readonly emptyAnswers: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Connections that were proven alive; with polling, each run of polls counts once. */
  readonly connections: number;
  /** Messages that were handed to handlers. */
  readonly messages: number;
  /** Connections that were lost and tried again. */
  readonly reconnects: number;
}
