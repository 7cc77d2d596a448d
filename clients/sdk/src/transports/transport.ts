import type { Api } from '../api.js';
import type { Batch, Delivery } from '../delivery.js';
import type { Environment } from '../environment.js';
import type { RealtimeError } from '../errors.js';
import type { ChannelEntry, Subscriptions } from '../subscriptions.js';
import type { ClientError, OutboxEntry, PublishAck, TransportName } from '../types.js';

/** How a connection ended without an error. */
export type Ending =
  /** The link's signal was aborted. */
  | { readonly kind: 'closed' }
  /** The handlers are too far behind: connect again when they have caught up. */
  | { readonly kind: 'backlog' }
  /** The server asks to come back after this time. */
  | { readonly kind: 'drain'; readonly afterMs: number };

/** How long things may take, in milliseconds. */
export interface Limits {
  readonly proofTimeoutMs: number;
  readonly silenceMs: number;
  readonly longPollWaitMs: number;
  readonly pollIntervalMs: number;
}

/** What a transport is given for the life of one connection. */
export interface Link {
  /** Aborted when the connection has to end. From then on nothing is delivered any more. */
  readonly signal: AbortSignal;
  readonly api: Api;
  readonly environment: Environment;
  readonly delivery: Delivery;
  readonly subscriptions: Subscriptions;
  readonly limits: Limits;
  /** Hands over what was received; fulfilled when it has been handled. Never rejects. */
  deliver(batch: Batch): Promise<void>;
  readonly isProven: boolean;
  /** The transport works: its two early events have come. Later calls change nothing. */
  proven(): void;
  /** There is nothing to read, so nothing is proven; publishing works. */
  parked(): void;
  /** Calls when channels were subscribed or unsubscribed, or the poll interval was changed; returns what ends that. */
  watch(handler: (what: 'channels' | 'interval') => void): () => void;
  /** Ends the connection with an error that came up outside `run`. */
  fail(error: RealtimeError): void;
  /** The server refuses this one channel; the connection goes on. */
  refuse(entry: ChannelEntry, error: RealtimeError): void;
  /** Tells the caller of something that went wrong and changes nothing. */
  report(error: ClientError): void;
  /** The server's wish for the base of the backoff. */
  retryBase(baseMs: number): void;
}

/** One way to reach the server. An instance may run many connections, one after the other. */
export interface Transport {
  readonly name: TransportName;
  /**
   * Connects and reads until the end, which is the answer; rejects with a `RealtimeError` when the connection was lost,
   * could not be made or was refused. Ends soon after the link's signal was aborted.
   */
  run(link: Link): Promise<Ending>;
  /** Publishes over the connection that is running; where this is absent, publishing goes by HTTP. */
  publish?(entry: OutboxEntry): Promise<PublishAck>;
  /** Sends a signal over the connection that is running; where this is absent, it goes by HTTP. */
  sendSignal?(channel: string, type: string, data: unknown): Promise<void>;
}

/** A signal that is aborted with the link's or, while channels matter, by a change of them. */
export function untilChange(link: Link, on: readonly ('channels' | 'interval')[]): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const abort = () => { controller.abort(); };
  if (link.signal.aborted) abort();
  link.signal.addEventListener('abort', abort);
  const unwatch = link.watch((what) => { if (on.includes(what)) abort(); });
  return {
    signal: controller.signal,
    release() {
      link.signal.removeEventListener('abort', abort);
      unwatch();
    },
  };
}

/** Waits until the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => { resolve(); }, { once: true });
  });
}

/** A signal that a loop has looked at may be aborted after an await, which the compiler doesn't know. */
export function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
