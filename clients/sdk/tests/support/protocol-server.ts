import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Signal } from '../../src/index.js';
import { ChannelStore } from './channel-store.js';
import { SocketSession } from './socket-session.js';

/** What the server does wrong on purpose. Each test sets what it is about. */
export interface Faults {
  /** Paths whose next answers are lost: the request is carried out, the connection is cut. Counts down. */
  lose: Record<string, number>;
  /** Paths that are answered with a status and a problem. */
  refuse: Record<string, { status: number; name: string; retryAfter?: number } | undefined>;
  /** Paths that are accepted and then say nothing. */
  mute: Set<string>;
  /** Channels that may not be read or written. */
  forbidden: Set<string>;
  /** Whether a poll whose cursor lacks a channel is answered with 204 all the same. */
  hidesCursor: boolean;
  /** The only token that is accepted; null accepts all. */
  token: string | null;
}

/** One request, as it came. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** A server that speaks the wire protocol over real sockets on the loopback. */
export class ProtocolServer {
  readonly store = new ChannelStore();
  readonly faults: Faults = { lose: {}, refuse: {}, mute: new Set(), forbidden: new Set(), hidesCursor: false, token: null };
  readonly seen: Seen[] = [];
  readonly sessions = new Set<SocketSession>();
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<ServerResponse>();
  readonly #http: Server;
  #port = 0;

  private constructor() {
    this.#http = createServer((request, response) => { void this.#onRequest(request, response); });
    this.#http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => { this.#sockets.delete(socket); });
    });
    const sockets = new WebSocketServer({ noServer: true, maxPayload: 100_000 });
    this.#http.on('upgrade', (request, socket, head) => {
      const { path, query } = this.#note(request, '');
      const channels = channelsOf(query);
      const refusal = this.faults.refuse[path];
      if (refusal !== undefined || channels.some((channel) => this.faults.forbidden.has(channel))) {
        socket.end(`HTTP/1.1 ${refusal?.status ?? 403} Refused\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        if (this.faults.mute.has(path)) return;
        const session = new SocketSession(webSocket, this, channels, query.get('cursor'));
        this.sessions.add(session);
        webSocket.on('close', () => { this.sessions.delete(session); });
      });
    });
  }

  static async start(): Promise<ProtocolServer> {
    const server = new ProtocolServer();
    await server.listen();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Begins to listen, on the same port after a {@link kill}. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#http.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops to listen and cuts everything; the logs stay. */
  kill(): Promise<void> {
    return new Promise((resolve) => {
      this.#http.close(() => { resolve(); });
      this.cut();
    });
  }

  /** Tells every open stream and socket to come back after this time. */
  drain(afterMs: number): void {
    for (const session of this.sessions) session.send({ drain: { after: afterMs } });
    for (const stream of this.#streams) stream.write(`event: drain\ndata: {"after":${afterMs}}\n\n`);
  }

  #note(request: IncomingMessage, body: string): Seen {
    const url = new URL(request.url ?? '/', this.url);
    const seen = { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, body };
    this.seen.push(seen);
    return seen;
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const seen = this.#note(request, body);
    const { path } = seen;
    const refusal = this.faults.refuse[path];
    if (this.faults.token !== null && request.headers.authorization !== `Bearer ${this.faults.token}`) {
      problem(response, 401, 'unauthenticated');
    } else if (refusal !== undefined) {
      problem(response, refusal.status, refusal.name, refusal.retryAfter);
    } else if (this.faults.mute.has(path)) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    } else {
      const fields = { ...Object.fromEntries(seen.query), ...(body === '' ? {} : JSON.parse(body) as object) } as Fields;
      this.#answer(seen, fields, request, response);
    }
  }

  #answer(seen: Seen, fields: Fields, request: IncomingMessage, response: ServerResponse): void {
    const { path, method } = seen;
    const reply = (status: number, value?: unknown, headers: Record<string, string> = {}) => {
      const lost = this.faults.lose[path] ?? 0;
      if (lost > 0) {
        this.faults.lose[path] = lost - 1;
        request.socket.destroy();
        return;
      }
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(value === undefined ? undefined : JSON.stringify(value));
    };
    const channel = /^\/api\/channels\/([^/]+)\/(messages|signals|presence|consumers)(?:\/([^/]+)(\/messages)?)?$/.exec(path);
    const channels = channel?.[1] === undefined ? channelsOf(fields.channels) : [channel[1]];
    if (channels.some((name) => this.faults.forbidden.has(name))) problem(response, 403, 'forbidden');
    else if (path === '/api/inbox') reply(200, { channels: this.store.inbox('me').slice(0, Number(fields.limit ?? 100)) });
    else if (channel?.[2] === 'consumers') this.#consumer(method, channels[0] ?? '', channel[3] ?? '', channel[4] !== undefined, fields, reply);
    else if (path === '/api/tickets') reply(200, { ticket: 'ticket', expiresIn: 60 });
    else if (path === '/api/poll') this.#poll(channels, fields, response, reply);
    else if (path === '/api/stream') this.#stream(channels, fields, response);
    else if (channel?.[2] === 'signals') {
      this.store.signal({ channel: channels[0] ?? '', type: fields.type ?? '', user: 'http', time: new Date().toISOString(), data: fields.data });
      reply(202);
    } else if (channel?.[2] === 'presence') {
      const users = [{ user: 'alice', since: '2026-11-23T08:00:00.123Z', transports: ['sse'] }];
      reply(200, { channel: channels[0], count: 7, users: users.slice(0, Number(fields.limit ?? 100)) });
    } else if (channel !== null && method === 'POST') {
      const { ack, isNew } = this.store.publish(channels[0] ?? '', fields.data, fields);
      reply(isNew ? 201 : 200, ack);
    } else if (channel !== null) {
      const { epoch, first, head, messages } = this.store.get(channels[0] ?? '');
      const limit = Number(fields.limit ?? 100);
      const page = fields.after === undefined
        ? messages.slice(-limit)
        : messages.filter((message) => message.offset > Number(fields.after)).slice(0, limit);
      reply(200, { channel: channels[0], epoch, first, head, messages: page });
    } else problem(response, 404, 'not-found');
  }

  #consumer(method: string, channel: string, name: string, fetches: boolean, fields: Fields, reply: Reply): void {
    const { epoch, first, head, messages } = this.store.get(channel);
    const key = `${channel}/${name}`;
    const offset = this.store.committed.get(key) ?? 0;
    if (fetches) {
      const after = Number(fields.after ?? offset);
      const page = messages.filter((message) => message.offset > after).slice(0, Number(fields.limit ?? 100));
      reply(200, { channel, epoch, first, head, messages: page });
    } else if (method === 'DELETE') {
      reply(this.store.committed.delete(key) ? 204 : 404);
    } else {
      const place = fields.offset ?? (fields.seek === 'latest' ? head : fields.seek === undefined ? offset : first - 1);
      if (method === 'PUT') this.store.committed.set(key, place);
      reply(200, { consumer: name, offset: place, head, lag: head - place });
    }
  }

  #poll(channels: readonly string[], fields: Fields, response: ServerResponse, reply: Reply): void {
    const cursor = fields.cursor ?? null;
    const isWord = cursor === null || cursor === 'latest' || cursor === 'earliest';
    const signals: Signal[] = [];
    const tryAnswer = (): boolean => {
      const page = this.store.read(channels, cursor, Number(fields.limit ?? 100));
      const tells = isWord || (page.tellsCursor && !this.faults.hidesCursor);
      if (!tells && page.messages.length + page.gaps.length + signals.length === 0) return false;
      reply(200, { cursor: page.cursor, messages: page.messages, gaps: page.gaps, signals });
      return true;
    };
    if (tryAnswer()) return;
    const wait = Number(fields.wait ?? 0);
    if (wait === 0) {
      reply(204, undefined, { 'Retry-After': '0' });
      return;
    }
    const finish = () => {
      clearTimeout(timer);
      stop();
    };
    const timer = setTimeout(() => {
      finish();
      reply(204);
    }, wait * 1000);
    const stop = this.store.listen((signal) => {
      if (signal !== null && channels.includes(signal.channel)) signals.push(signal);
      if (tryAnswer()) finish();
    });
    response.on('close', finish);
  }

  #stream(channels: readonly string[], fields: Fields, response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store, no-transform' });
    let { cursor } = this.store.read(channels, fields.cursor ?? null, 0);
    const start = fields.cursor === 'earliest' ? this.store.read(channels, 'earliest', 0).cursor : cursor;
    cursor = fields.cursor !== undefined && !['latest', 'earliest'].includes(fields.cursor) ? fields.cursor : start;
    const ready = this.store.read(channels, cursor, 0).cursor;
    response.write(`retry: 20\n\nevent: ready\ndata: ${JSON.stringify({ cursor: ready })}\n\nevent: ping\ndata: {}\n\n`);
    const write = () => {
      const page = this.store.read(channels, cursor);
      for (const gap of page.gaps) response.write(`event: gap\ndata: ${JSON.stringify(gap)}\n\n`);
      for (const message of page.messages) {
        cursor = this.store.read(channels, cursor, 1).cursor;
        response.write(`id: ${cursor}\ndata: ${JSON.stringify(message)}\n\n`);
      }
      cursor = page.cursor;
    };
    const stop = this.store.listen((signal) => {
      if (signal === null) write();
      else if (channels.includes(signal.channel)) response.write(`event: signal\ndata: ${JSON.stringify(signal)}\n\n`);
    });
    this.#streams.add(response);
    response.on('close', () => {
      stop();
      this.#streams.delete(response);
    });
    write();
  }
}

type Reply = (status: number, value?: unknown, headers?: Record<string, string>) => void;

interface Fields {
  channels?: string | string[];
  cursor?: string;
  wait?: string | number;
  limit?: string | number;
  after?: string;
  offset?: number;
  seek?: string;
  data?: unknown;
  id?: string;
  type?: string;
}

function channelsOf(from: URLSearchParams | string | string[] | undefined): string[] {
  const value = from instanceof URLSearchParams ? from.get('channels') ?? '' : from ?? '';
  return typeof value === 'string' ? value.split(',').filter((name) => name !== '') : value;
}

function problem(response: ServerResponse, status: number, name: string, retryAfter?: number): void {
  const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
  response.writeHead(status, { 'Content-Type': 'application/problem+json', ...headers });
  response.end(JSON.stringify({ type: `urn:realtime:${name}`, title: name, status, detail: `It is ${name}.` }));
}
