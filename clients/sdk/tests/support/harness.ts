import WebSocket from 'ws';
import { afterEach, describe } from 'vitest';
import {
  RealtimeClient, type Gap, type Message, type RealtimeClientOptions, type Signal, type Subscription, type SubscribeOptions,
  type TransportName,
} from '../../src/index.js';

export const transports: readonly TransportName[] = ['websocket', 'sse', 'long-poll', 'short-poll'];

/** Runs the same facts over each of the four transports. */
export function eachTransport(title: string, facts: (transport: TransportName) => void): void {
  describe.each(transports.map((name) => [name] as const))(`${title} over %s`, (transport) => { facts(transport); });
}

const clients: RealtimeClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
});

/** A client with short times; stopped after the test. */
export function makeClient(url: string, options: Partial<RealtimeClientOptions> = {}): RealtimeClient {
  const client = new RealtimeClient({
    url, token: 'token', pollIntervalMs: 15, longPollWaitMs: 1_000, proofTimeoutMs: 2_000, backoff: { baseMs: 10, capMs: 100 },
    WebSocket, ...options,
  });
  clients.push(client);
  return client;
}

/** Options of a client whose clock and timers run a hundred times as fast as those of the test and the server. */
export function hurried(): Partial<RealtimeClientOptions> {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * 100,
    setTimer: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs / 100);
      return () => { clearTimeout(timer); };
    },
    proofTimeoutMs: 500_000, silenceMs: 1e9,
  };
}

/** Takes down what a client is told of a channel. */
export class Recorder {
  readonly messages: Message[] = [];
  readonly signals: Signal[] = [];
  readonly gaps: Gap[] = [];
  readonly subscription: Subscription;

  constructor(client: RealtimeClient, channel: string, options?: SubscribeOptions) {
    this.subscription = client.subscribe(channel, {
      onMessage: (message) => { this.messages.push(message); },
      onSignal: (signal) => { this.signals.push(signal); },
      onGap: (gap) => { this.gaps.push(gap); },
    }, options);
  }

  get offsets(): number[] {
    return this.messages.map((message) => message.offset);
  }
}

/** Waits until something holds; the deadline's error says what was there instead. */
export async function until(what: string, holds: () => boolean, actual: () => unknown = () => undefined, deadlineMs = 8_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`Not within ${deadlineMs} ms: ${what}. There was ${JSON.stringify(actual())}.`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}

/** The numbers from one to another. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
