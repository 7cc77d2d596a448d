import type { HubConnection, IHttpConnectionOptions } from '@microsoft/signalr';
import { deferred } from '../deferred.js';
import { asError, problemError, RealtimeError } from '../errors.js';
import { byteLength, frameLength, type TrafficMeter } from '../traffic.js';
import type { Gap, Message, OutboxEntry, PublishAck, Signal, WebSocketConstructor } from '../types.js';
import { Attachment } from './attachment.js';
import type { Ending, Link, Transport } from './transport.js';

const maxBacklog = 2_000;

/** The server's SignalR hub over a WebSocket, for those who have SignalR's client in their page anyway. */
export class SignalRTransport implements Transport {
  readonly name = 'websocket';
  #connection: HubConnection | null = null;

  async run(link: Link): Promise<Ending> {
    const connection = await connect(link);
    const ending = deferred<Ending>();
    const attachment = new Attachment(link, {
      subscribe: async (channels, cursor) => {
        const answer = (await invoke(connection, 'Subscribe', channels, cursor)) as { cursor: string };
        link.proven();
        return answer.cursor;
      },
      unsubscribe: async (channels) => { await invoke(connection, 'Unsubscribe', channels); },
    }, []);
    connection.on('messages', (messages: Message[], cursor: string) => {
      attachment.onMessages(messages, cursor);
      // The backlog is handled while there is no connection; then it goes on from the cursor.
      if (link.delivery.backlog > maxBacklog) ending.resolve({ kind: 'backlog' });
    });
    connection.on('signal', (signal: Signal) => { void link.deliver({ cursor: null, signals: [signal] }); });
    connection.on('gap', (gap: Gap) => { void link.deliver({ cursor: null, gaps: [gap] }); });
    connection.on('drain', ({ after }: { after: number }) => { ending.resolve({ kind: 'drain', afterMs: after }); });
    connection.onclose((error) => {
      ending.reject(new RealtimeError('connection-lost', `SignalR: ${error?.message ?? 'the server closed the connection'}`));
    });
    const onAbort = () => { ending.resolve({ kind: 'closed' }); };
    link.signal.addEventListener('abort', onAbort);
    const unwatch = link.watch((what) => { if (what === 'channels' && this.#connection !== null) attachment.sync(); });
    const cancelProof = link.environment.setTimer(() => {
      if (!link.isProven) ending.reject(new RealtimeError('timeout', 'The hub did not answer in time.'));
    }, link.limits.proofTimeoutMs);
    try {
      const started = connection.start().then(() => {
        this.#connection = connection;
        if (link.subscriptions.entries.length === 0) link.proven();
        attachment.sync();
        return ending.promise;
      });
      return await Promise.race([started, ending.promise]);
    } catch (error) {
      throw hubError(error);
    } finally {
      this.#connection = null;
      cancelProof();
      unwatch();
      link.signal.removeEventListener('abort', onAbort);
      // Not waited for: the connection counts as ended whether or not the server hears of it.
      connection.stop().catch(() => undefined);
    }
  }

  async publish({ channel, data, id, type }: OutboxEntry): Promise<PublishAck> {
    const message = type === undefined ? { data, id } : { data, id, type };
    return (await invoke(this.#open(), 'Publish', channel, message)) as PublishAck;
  }

  async sendSignal(channel: string, type: string, data: unknown): Promise<void> {
    await invoke(this.#open(), 'Signal', channel, data === undefined ? { type } : { type, data });
  }

  #open(): HubConnection {
    if (this.#connection === null) throw new RealtimeError('connection-lost', 'The hub is not connected.');
    return this.#connection;
  }
}

async function connect(link: Link): Promise<HubConnection> {
  const { HubConnectionBuilder, HttpTransportType, LogLevel } = await import('@microsoft/signalr');
  const { http } = link.api;
  // Its WebSocket option is there for tests and missing from its types.
  const options: IHttpConnectionOptions & { WebSocket?: typeof globalThis.WebSocket } = {
    accessTokenFactory: () => http.tokens.get(),
    skipNegotiation: true,
    transport: HttpTransportType.WebSockets,
  };
  const { WebSocket } = link.environment;
  if (WebSocket !== null) options.WebSocket = counting(WebSocket, http.meter);
  http.meter.stats.requests += 1;
  const connection = new HubConnectionBuilder()
    .withUrl(`${http.baseUrl}/hub`, options)
    .configureLogging(LogLevel.None)
    .build();
  connection.serverTimeoutInMilliseconds = link.limits.silenceMs;
  return connection;
}

/** A WebSocket class that counts what passes. */
function counting(base: WebSocketConstructor, meter: TrafficMeter): typeof globalThis.WebSocket {
  const Base = base as unknown as typeof globalThis.WebSocket;
  return class extends Base {
    constructor(url: string | URL, ...rest: [protocols?: string | string[]]) {
      super(url, ...rest);
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (typeof data === 'string') meter.down('read', frameLength(byteLength(data), false));
      });
    }

    override send(data: string): void {
      meter.up('read', frameLength(byteLength(data), true));
      super.send(data);
    }
  };
}

async function invoke(connection: HubConnection, method: string, ...parameters: unknown[]): Promise<unknown> {
  try {
    return await connection.invoke<unknown>(method, ...parameters);
  } catch (error) {
    throw hubError(error);
  }
}

/** A refusal of the hub is an exception whose message ends in the problem document. */
function hubError(thrown: unknown): RealtimeError {
  if (thrown instanceof RealtimeError) return thrown;
  const { message } = asError(thrown);
  const start = message.indexOf('{');
  if (start >= 0) {
    try {
      const problem = JSON.parse(message.slice(start)) as { status?: number };
      return problemError(problem, problem.status ?? 400);
    } catch {
      // A brace in some other text: reported as it is, below.
    }
  }
  return new RealtimeError('connection-lost', `SignalR: ${message}`, { cause: thrown });
}
