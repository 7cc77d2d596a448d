import type { Http } from './http.js';
import type { Gap, HistoryPage, HistoryQuery, Message, OutboxEntry, Presence, PublishAck, Signal } from './types.js';

/** A URL with its query longer than this goes as a POST instead: some proxies end at 2,048 characters. */
export const maxUrlLength = 1_800;

/** What a poll brings. */
export interface PollAnswer {
  readonly cursor: string | null;
  readonly messages: readonly Message[];
  readonly signals: readonly Signal[];
  readonly gaps: readonly Gap[];
  /** When the server would like the next poll; null where it doesn't say. */
  readonly nextInMs: number | null;
}

/** A reading request: the same for polls and streams. */
export interface ReadRequest {
  readonly channels: readonly string[];
  readonly cursor: string | null;
  readonly waitSeconds?: number;
  readonly limit?: number;
}

/** The calls of the protocol, one function each. */
export class Api {
  readonly http: Http;

  constructor(http: Http) {
    this.http = http;
  }

  async publish(entry: OutboxEntry, signal?: AbortSignal): Promise<PublishAck> {
    const { id, type, data } = entry;
    const body = JSON.stringify(type === undefined ? { data, id } : { data, id, type });
    const answer = await this.http.call({ kind: 'publish', path: messagesPath(entry.channel), method: 'POST', body, signal });
    return answer.body as PublishAck;
  }

  async signal(channel: string, type: string, data: unknown): Promise<void> {
    const body = JSON.stringify(data === undefined ? { type } : { type, data });
    await this.http.call({ kind: 'signal', path: `/api/channels/${channel}/signals`, method: 'POST', body });
  }

  async history(channel: string, query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage> {
    const parameters = new URLSearchParams();
    if (query.before !== undefined) parameters.set('before', String(query.before));
    if (query.after !== undefined) parameters.set('after', String(query.after));
    if (query.since !== undefined) {
      parameters.set('since', typeof query.since === 'string' ? query.since : query.since.toISOString());
    }
    if (query.limit !== undefined) parameters.set('limit', String(query.limit));
    const question = parameters.size === 0 ? '' : `?${parameters.toString()}`;
    const answer = await this.http.call({ kind: 'history', path: messagesPath(channel) + question, signal });
    return answer.body as HistoryPage;
  }

  async presence(channel: string, limit?: number): Promise<Presence> {
    const question = limit === undefined ? '' : `?limit=${limit}`;
    const answer = await this.http.call({ kind: 'presence', path: `/api/channels/${channel}/presence${question}` });
    return answer.body as Presence;
  }

  async pushKey(): Promise<string> {
    const answer = await this.http.call({ kind: 'push', path: '/api/push/key' });
    return (answer.body as { publicKey: string }).publicKey;
  }

  async pushSubscription(method: 'PUT' | 'DELETE', subscription: PushSubscriptionJSON): Promise<void> {
    await this.http.call({ kind: 'push', path: '/api/push/subscriptions', method, body: JSON.stringify(subscription) });
  }

  async ticket(signal: AbortSignal, timeoutMs: number): Promise<string> {
    const answer = await this.http.call({ kind: 'ticket', path: '/api/tickets', method: 'POST', signal, timeoutMs });
    return (answer.body as { ticket: string }).ticket;
  }

  async poll(request: ReadRequest, signal: AbortSignal, timeoutMs: number): Promise<PollAnswer> {
    const answer = await this.http.call({ kind: 'read', ...readCall('/api/poll', request), signal, timeoutMs });
    const body = answer.body as (Partial<PollAnswer> & { pollAfter?: number }) | null;
    const { cursor = null, messages = [], signals = [], gaps = [], pollAfter } = body ?? {};
    return { cursor, messages, signals, gaps, nextInMs: pollAfter ?? answer.retryAfterMs };
  }

  stream(request: ReadRequest, signal: AbortSignal, timeoutMs: number): Promise<ReadableStream<Uint8Array>> {
    const headers = { Accept: 'text/event-stream' };
    return this.http.open({ kind: 'read', ...readCall('/api/stream', request), headers, signal, timeoutMs });
  }
}

/** The part after `?` that names channels and cursor. */
export function readQuery(request: ReadRequest): string {
  // The alphabets of channels and cursors are safe in a URL; a comma between channels is as well.
  const parts = [`channels=${request.channels.join(',')}`];
  if (request.cursor !== null) parts.push(`cursor=${encodeURIComponent(request.cursor)}`);
  if (request.waitSeconds !== undefined) parts.push(`wait=${request.waitSeconds}`);
  if (request.limit !== undefined) parts.push(`limit=${request.limit}`);
  return parts.join('&');
}

function readCall(path: string, request: ReadRequest): { path: string; method?: 'POST'; body?: string } {
  const whole = `${path}?${readQuery(request)}`;
  if (whole.length <= maxUrlLength) return { path: whole };
  const { channels, cursor, waitSeconds, limit } = request;
  const body = JSON.stringify({ channels, ...(cursor !== null && { cursor }), wait: waitSeconds, limit });
  return { path, method: 'POST', body };
}

function messagesPath(channel: string): string {
  return `/api/channels/${channel}/messages`;
}
