import { RealtimeError } from './errors.js';

/** A token this close to its end is renewed before it is used: a request must not arrive after it. */
const renewBeforeMs = 10_000;

/** Hands out the token, and gets a new one when the last was refused or is about to expire. */
export class TokenSource {
  readonly #source: string | (() => string | Promise<string>);
  readonly #now: () => number;
  #current: string | null = null;
  #pending: Promise<string> | null = null;

  constructor(source: string | (() => string | Promise<string>), now: () => number) {
    this.#source = source;
    this.#now = now;
  }

  /** False for a plain string: its refusal is final. */
  get renewable(): boolean {
    return typeof this.#source === 'function';
  }

  /** The token; several callers at once share one call of the caller's function. */
  async get(): Promise<string> {
    if (typeof this.#source === 'string') return this.#source;
    if (this.#current !== null && !this.#expires(this.#current)) return this.#current;
    this.#pending ??= this.#renew(this.#source).finally(() => { this.#pending = null; });
    return this.#pending;
  }

  /** The server refused this token: the next caller gets another, where there can be one. */
  refuse(token: string): void {
    if (this.#current === token) this.#current = null;
  }

  async #renew(source: () => string | Promise<string>): Promise<string> {
    try {
      return (this.#current = await source());
    } catch (cause) {
      throw new RealtimeError('connection-lost', 'The token could not be fetched.', { cause });
    }
  }

  #expires(token: string): boolean {
    const expiry = expiryOf(token);
    return expiry !== null && expiry - this.#now() < renewBeforeMs;
  }
}

/** When a JWT expires, in milliseconds since 1970; null for a token that doesn't tell. */
export function expiryOf(token: string): number | null {
  const payload = token.split('.')[1];
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/')));
    const expiry = (claims as { exp?: unknown } | null)?.exp;
    return typeof expiry === 'number' ? expiry * 1000 : null;
  } catch {
    // Not a JWT: only the server knows when it ends, and says so with a 401.
    return null;
  }
}
