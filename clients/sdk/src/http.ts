import type { Environment } from './environment.js';
import { asError, problemError, RealtimeError } from './errors.js';
import { byteLength, headerLength, type TrafficMeter } from './traffic.js';
import type { TokenSource } from './token.js';
import type { Traffic } from './types.js';

/** A publish or a page of history that takes longer than this is taken for lost. */
const requestTimeoutMs = 15_000;

/** One HTTP call. */
export interface HttpCall {
  readonly kind: Traffic['kind'];
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
  /** Default 15 s. */
  readonly timeoutMs?: number;
}

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  /** What `Retry-After` says, or null. */
  readonly retryAfterMs: number | null;
}

/** Calls the server: the token, its renewal, timeouts, problem documents and the counting of bytes are done here. */
export class Http {
  readonly baseUrl: string;
  readonly tokens: TokenSource;
  readonly meter: TrafficMeter;
  readonly #environment: Environment;

  constructor(url: string, tokens: TokenSource, meter: TrafficMeter, environment: Environment) {
    this.baseUrl = url.replace(/\/+$/, '');
    this.tokens = tokens;
    this.meter = meter;
    this.#environment = environment;
  }

  /** Calls and reads the whole answer; throws a {@link RealtimeError} for anything but a 2xx. */
  async call(call: HttpCall): Promise<HttpAnswer> {
    const deadline = this.#deadline(call.signal, call.timeoutMs ?? requestTimeoutMs);
    try {
      const response = await this.#send(call, deadline.signal);
      const text = await response.text();
      const empty = call.kind === 'read' && response.status === 204;
      this.meter.down(call.kind, answerHead(response) + byteLength(text), empty);
      const retryAfterMs = retryAfter(response.headers.get('Retry-After'), this.#environment.now());
      if (!response.ok) throw problemError(parse(text), response.status, retryAfterMs);
      return { status: response.status, body: text === '' ? null : JSON.parse(text), retryAfterMs };
    } catch (error) {
      throw deadline.explain(error);
    } finally {
      deadline.cancelTimer();
      deadline.detach();
    }
  }

  /** Calls and hands over the body as it comes; the time limit is for the head of the answer. */
  async open(call: HttpCall): Promise<ReadableStream<Uint8Array>> {
    const deadline = this.#deadline(call.signal, call.timeoutMs ?? requestTimeoutMs);
    try {
      const response = await this.#send(call, deadline.signal);
      if (!response.ok || response.body === null) {
        const text = await response.text();
        this.meter.down(call.kind, answerHead(response) + byteLength(text));
        const retryAfterMs = retryAfter(response.headers.get('Retry-After'), this.#environment.now());
        throw problemError(parse(text), response.status, retryAfterMs);
      }
      this.meter.down(call.kind, answerHead(response));
      return response.body;
    } catch (error) {
      deadline.detach();
      throw deadline.explain(error);
    } finally {
      // The body goes on after the head: only the caller's signal may still end it.
      deadline.cancelTimer();
    }
  }

  /** Sends, and once more with a new token when the first is refused and there can be another. */
  async #send(call: HttpCall, signal: AbortSignal): Promise<Response> {
    const token = await this.tokens.get();
    const response = await this.#sendWith(call, token, signal);
    if (response.status !== 401 || !this.tokens.renewable) return response;
    this.tokens.refuse(token);
    const renewed = await this.tokens.get();
    if (renewed === token) return response;
    await response.body?.cancel();
    return this.#sendWith(call, renewed, signal);
  }

  async #sendWith(call: HttpCall, token: string, signal: AbortSignal): Promise<Response> {
    const method = call.method ?? 'GET';
    const headers: Record<string, string> = { Authorization: `Bearer ${token}`, ...call.headers };
    if (call.body !== undefined) headers['Content-Type'] = 'application/json';
    const init: RequestInit = { method, headers, signal, cache: 'no-store' };
    if (call.body !== undefined) init.body = call.body;
    const line = method.length + call.path.length + ' HTTP/1.1\r\n'.length + 1;
    this.meter.stats.requests += 1;
    this.meter.up(call.kind, line + headerLength(Object.entries(headers)) + byteLength(call.body ?? ''));
    return this.#environment.fetch(this.baseUrl + call.path, init);
  }

  /** Ties the caller's signal and a time limit into one signal, and tells afterwards which of them ended the call. */
  #deadline(outer: AbortSignal | undefined, timeoutMs: number) {
    const controller = new AbortController();
    const abort = () => { controller.abort(); };
    let timedOut = false;
    const cancelTimer = this.#environment.setTimer(() => {
      timedOut = true;
      abort();
    }, timeoutMs);
    if (outer?.aborted === true) abort();
    outer?.addEventListener('abort', abort);
    return {
      signal: controller.signal,
      cancelTimer,
      detach: () => { outer?.removeEventListener('abort', abort); },
      explain(error: unknown): RealtimeError {
        if (error instanceof RealtimeError) return error;
        if (timedOut) return new RealtimeError('timeout', `The server did not answer within ${timeoutMs} ms.`);
        return new RealtimeError('connection-lost', `The request failed: ${asError(error).message}`, { cause: error });
      },
    };
  }
}

function answerHead(response: Response): number {
  return 'HTTP/1.1 200 \r\n'.length + response.statusText.length + headerLength(response.headers.entries());
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page in place of a problem document: the status says enough.
    return null;
  }
}

/** `Retry-After` in milliseconds: a number of seconds, or a date; null where there is none that makes sense. */
export function retryAfter(value: string | null, now: number): number | null {
  if (value === null || value.trim() === '') return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
