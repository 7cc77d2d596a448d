import { maxUrlLength, readQuery } from '../api.js';
import { closeReason } from '../codes.js';
import { deferred, type Deferred } from '../deferred.js';
import { asRealtimeError, problemError, RealtimeError } from '../errors.js';
import { byteLength, frameLength } from '../traffic.js';
import type { Gap, Message, OutboxEntry, PublishAck, Signal, Traffic, WebSocketLike } from '../types.js';
import { Attachment, resumable } from './attachment.js';
import type { Ending, Link, Transport } from './transport.js';

/** A call that is not answered in this time is taken for lost, though the connection may live. */
const answerTimeoutMs = 15_000;
/** With so much unhandled the socket is closed until the handlers have caught up: a browser's can't be made to wait. */
const maxBacklog = 2_000;

/** A frame from the server; each has one of these. */
interface ServerFrame {
  readonly messages?: readonly Message[];
  readonly cursor?: string;
  readonly signal?: Signal;
  readonly gap?: Gap;
  readonly ping?: unknown;
  readonly drain?: { readonly after: number };
  readonly ack?: { readonly ref: number };
  readonly error?: { readonly ref?: number; readonly status?: number; readonly retryAfter?: number };
}

/** The plain WebSocket: frames of JSON, no library. */
export class WebSocketTransport implements Transport {
  readonly name = 'websocket';
  #session: Session | null = null;

  async run(link: Link): Promise<Ending> {
    const ticket = await link.api.ticket(link.signal, link.limits.proofTimeoutMs);
    if (link.signal.aborted) return { kind: 'closed' };
    const session = new Session(link, ticket);
    this.#session = session;
    try {
      return await session.ending;
    } finally {
      this.#session = null;
    }
  }

  async publish({ channel, data, id, type }: OutboxEntry): Promise<PublishAck> {
    const publish = type === undefined ? { channel, data, id } : { channel, data, id, type };
    return (await this.#open().call({ publish }, 'publish')) as PublishAck;
  }

  sendSignal(channel: string, type: string, data: unknown): Promise<void> {
    this.#open().send({ signal: data === undefined ? { channel, type } : { channel, type, data } }, 'signal');
    return Promise.resolve();
  }

  #open(): Session {
    if (this.#session === null) throw new RealtimeError('connection-lost', 'The WebSocket is not open.');
    return this.#session;
  }
}

/** One socket, from its opening to its end. */
class Session {
  readonly #link: Link;
  readonly #socket: WebSocketLike;
  readonly #attachment: Attachment;
  readonly #ending = deferred<Ending>();
  readonly #calls = new Map<number, Deferred<unknown>>();
  readonly #cleanUp: (() => void)[] = [];
  #isOpen = false;
  #ended = false;
  #lastRef = 0;
  readonly #seen = { cursor: false, ping: false };
  #isProven = false;
  #cancelSilence: () => void = () => undefined;

  constructor(link: Link, ticket: string) {
    this.#link = link;
    const { delivery, subscriptions, environment, api } = link;
    if (environment.WebSocket === null) throw new RealtimeError('not-connected', 'There is no WebSocket here.');

    const base = `${api.http.baseUrl.replace(/^http/, 'ws')}/api/ws?ticket=${encodeURIComponent(ticket)}`;
    // Those from `earliest` are joined by a frame, which leaves the places of the others alone.
    const resumed = delivery.received === null
      ? subscriptions.entries.filter((entry) => entry.from === 'latest')
      : resumable(link);
    const channels = resumed.map((entry) => entry.channel);
    const whole = `${base}&${readQuery({ channels, cursor: delivery.received ?? 'latest' })}`;
    const fits = channels.length > 0 && whole.length <= maxUrlLength;
    const url = fits ? whole : base;
    this.#attachment = new Attachment(link, {
      subscribe: async (names, cursor) =>
        ((await this.call({ subscribe: { channels: names, cursor } }, 'read')) as { cursor: string }).cursor,
      unsubscribe: async (names) => { await this.call({ unsubscribe: { channels: names } }, 'read'); },
    }, fits ? resumed : []);

    api.http.meter.stats.requests += 1;
    api.http.meter.up('read', url.length);
    const socket = this.#socket = new environment.WebSocket(url);
    this.#listen(socket);
    this.#expectFrameWithin(link.limits.proofTimeoutMs);
    const onAbort = () => { this.#end({ kind: 'closed' }); };
    link.signal.addEventListener('abort', onAbort);
    this.#cleanUp.push(
      () => { link.signal.removeEventListener('abort', onAbort); },
      link.watch((what) => { if (what === 'channels' && this.#isOpen) this.#attachment.sync(); }),
    );
  }

  get ending(): Promise<Ending> {
    return this.#ending.promise;
  }

  /** Sends a frame and waits for the frame that answers it. */
  async call(frame: object, kind: Traffic['kind']): Promise<unknown> {
    const ref = (this.#lastRef += 1);
    const answer = deferred<unknown>();
    const cancel = this.#link.environment.setTimer(() => {
      answer.reject(new RealtimeError('timeout', `The server did not answer within ${answerTimeoutMs} ms.`));
    }, answerTimeoutMs);
    this.#calls.set(ref, answer);
    try {
      this.send({ ...frame, ref }, kind);
      return await answer.promise;
    } finally {
      cancel();
      this.#calls.delete(ref);
    }
  }

  send(frame: object, kind: Traffic['kind']): void {
    if (!this.#isOpen) throw new RealtimeError('connection-lost', 'The WebSocket is not open.');
    const text = JSON.stringify(frame);
    this.#link.api.http.meter.up(kind, frameLength(byteLength(text), true));
    this.#socket.send(text);
  }

  #listen(socket: WebSocketLike): void {
    socket.onopen = () => {
      this.#isOpen = true;
      this.#attachment.sync();
    };
    socket.onmessage = (event: { data: unknown }) => {
      const text = String(event.data);
      this.#link.api.http.meter.down('read', frameLength(byteLength(text), false));
      try {
        this.#handle(JSON.parse(text) as ServerFrame);
      } catch (error) {
        this.#end(asRealtimeError(error));
      }
      if (!this.#ended) this.#expectFrameWithin(this.#isProven ? this.#link.limits.silenceMs : null);
    };
    // What failed is told by the close event that follows; an error event says nothing.
    socket.onerror = () => undefined;
    socket.onclose = (event: { code: number; reason?: string }) => {
      const { advice, name, text } = closeReason(event.code);
      const code = advice === 'give-up' ? 'refused' : 'connection-lost';
      const details = { byServer: name !== 'unknown', retryAfterMs: advice === 'back-off' ? 5_000 : null };
      this.#end(new RealtimeError(code, `WebSocket: ${text}${event.reason ? ` (${event.reason})` : ''}.`, details));
    };
  }

  #handle(frame: ServerFrame): void {
    if (frame.messages !== undefined && frame.cursor !== undefined) {
      this.#seen.cursor = true;
      this.#attachment.onMessages(frame.messages, frame.cursor);
    } else if (frame.signal !== undefined) void this.#link.deliver({ cursor: null, signals: [frame.signal] });
    else if (frame.gap !== undefined) void this.#link.deliver({ cursor: null, gaps: [frame.gap] });
    else if (frame.ping !== undefined) this.#seen.ping = true;
    else if (frame.drain !== undefined) this.#end({ kind: 'drain', afterMs: frame.drain.after });
    else if (frame.ack !== undefined) this.#calls.get(frame.ack.ref)?.resolve(frame.ack);
    else if (frame.error !== undefined) this.#onError(frame.error);
    // The backlog is handled while there is no connection; then it goes on from the cursor.
    if (this.#link.delivery.backlog > maxBacklog) this.#end({ kind: 'backlog' });
    if (this.#seen.cursor && this.#seen.ping && !this.#isProven) {
      this.#isProven = true;
      this.#link.proven();
    }
  }

  #onError(body: NonNullable<ServerFrame['error']>): void {
    const error = problemError(body, body.status ?? 400, body.retryAfter === undefined ? null : body.retryAfter * 1000);
    const call = body.ref === undefined ? undefined : this.#calls.get(body.ref);
    if (call === undefined) this.#link.report({ error, context: 'connection' });
    else call.reject(error);
  }

  /** Starts the time anew in which a frame has to come; null leaves the time that runs. */
  #expectFrameWithin(limitMs: number | null): void {
    if (limitMs === null) return;
    this.#cancelSilence();
    this.#cancelSilence = this.#link.environment.setTimer(() => {
      this.#end(new RealtimeError('timeout', `The WebSocket was silent for ${limitMs} ms.`));
    }, limitMs);
  }

  #end(how: Ending | RealtimeError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#isOpen = false;
    this.#cancelSilence();
    for (const undo of this.#cleanUp) undo();
    // Not waited for: the close of a dead connection may take minutes to come through.
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.onopen = null;
    this.#socket.close();
    if (how instanceof RealtimeError) this.#ending.reject(how);
    else this.#ending.resolve(how);
    const lost = new RealtimeError('connection-lost', 'The connection ended before the answer came.');
    for (const call of this.#calls.values()) call.reject(lost);
    this.#calls.clear();
  }
}
