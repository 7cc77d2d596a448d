import { RealtimeError } from '../errors.js';
import { join, needsJoin, startingCursor } from '../join.js';
import type { ChannelEntry } from '../subscriptions.js';
import type { Gap, Message, Signal } from '../types.js';
import { SseParser, type SseEvent } from './sse-parser.js';
import { aborted, untilChange, type Ending, type Link, type Transport } from './transport.js';

/** Reads the event stream with fetch, which, unlike EventSource, can send the token in a header. */
export class SseTransport implements Transport {
  readonly name = 'sse';

  async run(link: Link): Promise<Ending> {
    while (!link.signal.aborted) {
      const request = untilChange(link, ['channels']);
      try {
        const ending = await readOnce(link, request.signal);
        if (ending !== null) return ending;
      } catch (error) {
        // A change of channels ends the request; the next one goes on from the cursor.
        if (!request.signal.aborted) throw error;
      } finally {
        request.release();
      }
    }
    return { kind: 'closed' };
  }
}

/** One request. The answer is null when it ended because the channels changed. */
async function readOnce(link: Link, signal: AbortSignal): Promise<Ending | null> {
  if (link.subscriptions.entries.length === 0) {
    link.parked();
    await aborted(signal);
    return null;
  }
  if (needsJoin(link.delivery, link.subscriptions.entries)) {
    await join(link, signal);
    if (signal.aborted) return null;
  }
  const entries = link.subscriptions.entries;
  const channels = entries.map((entry) => entry.channel);
  const body = await link.api.stream(
    { channels, cursor: startingCursor(link.delivery, entries) }, signal, link.limits.proofTimeoutMs,
  );
  return new Stream(link, entries, signal).read(body);
}

class Stream {
  readonly #link: Link;
  readonly #entries: readonly ChannelEntry[];
  readonly #signal: AbortSignal;
  readonly #parser = new SseParser();
  #ready = false;
  #proven = false;

  constructor(link: Link, entries: readonly ChannelEntry[], signal: AbortSignal) {
    this.#link = link;
    this.#entries = entries;
    this.#signal = signal;
  }

  async read(body: ReadableStream<Uint8Array>): Promise<Ending | null> {
    const reader = body.getReader();
    try {
      for (;;) {
        const chunk = await this.#next(reader);
        if (chunk === null) {
          if (this.#signal.aborted) return null;
          throw new RealtimeError('connection-lost', 'The server ended the stream.');
        }
        this.#link.api.http.meter.down('read', chunk.length);
        const { events, retryMs } = this.#parser.push(chunk);
        if (retryMs !== null) this.#link.retryBase(retryMs);
        for (const event of events) {
          const ending = await this.#handle(event);
          if (ending !== null) return ending;
          if (this.#signal.aborted) return null;
        }
      }
    } finally {
      // A stream that failed has nothing left to cancel; why it failed is thrown above.
      reader.cancel().catch(() => undefined);
    }
  }

  /** The next chunk, or null at the end; throws when none comes in time. Handlers' time is not counted. */
  async #next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | null> {
    const { silenceMs, proofTimeoutMs } = this.#link.limits;
    const limitMs = this.#proven ? silenceMs : proofTimeoutMs;
    let cancel!: () => void;
    const silence = new Promise<never>((_, reject) => {
      cancel = this.#link.environment.setTimer(() => {
        reject(new RealtimeError('timeout', `The stream was silent for ${limitMs} ms.`));
      }, limitMs);
    });
    try {
      const { done, value } = await Promise.race([reader.read(), silence]);
      return done ? null : value;
    } finally {
      cancel();
    }
  }

  async #handle({ event, data, id }: SseEvent): Promise<Ending | null> {
    const link = this.#link;
    const value: unknown = JSON.parse(data);
    switch (event) {
      case 'ready':
        this.#ready = true;
        await link.deliver({ cursor: (value as { cursor: string }).cursor, joins: this.#entries });
        break;
      case 'ping':
        // The second early event: no middlebox holds the stream back.
        if (this.#ready && !this.#proven) {
          this.#proven = true;
          link.proven();
        }
        break;
      case 'message':
        await link.deliver({ cursor: id, messages: [value as Message] });
        break;
      case 'signal':
        await link.deliver({ cursor: null, signals: [value as Signal] });
        break;
      case 'gap':
        await link.deliver({ cursor: null, gaps: [value as Gap] });
        break;
      case 'drain':
        return { kind: 'drain', afterMs: (value as { after: number }).after };
      default:
        // A newer server may send events that this client doesn't know.
        break;
    }
    return null;
  }
}
