/** The server's account of a refusal (RFC 9457, `application/problem+json`). */
export interface Problem {
  /** `urn:realtime:<name>`; programs branch on it. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** For people. */
  readonly detail?: string;
  /** For bad fields: what is wrong with each. */
  readonly errors?: Readonly<Record<string, readonly string[]>>;
}

/** What a {@link RealtimeError} may be about besides the names of the server's problems. */
export type LocalErrorCode = 'connection-lost' | 'not-connected' | 'outbox-full' | 'stopped' | 'timeout' | 'refused';

/** Every error that the client rejects with or reports. Branch on `code`; the message is for people. */
export class RealtimeError extends Error {
  /** The name in the problem's `type`, such as `forbidden`, or one of {@link LocalErrorCode}. */
  readonly code: string;
  /** The HTTP status, where there was one. */
  readonly status: number | null;
  /** The server's problem document, where there was one. */
  readonly problem: Problem | null;
  /** How long the server asks to wait before the next try. */
  readonly retryAfterMs: number | null;

  constructor(
    code: string,
    message: string,
    details: { status?: number; problem?: Problem; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'RealtimeError';
    this.code = code;
    this.status = details.status ?? details.problem?.status ?? null;
    this.problem = details.problem ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }

  /** True when the same request may succeed later: lost connections, timeouts, 408, 429 and 5xx. */
  get isTransient(): boolean {
    if (this.status === null) return this.code === 'connection-lost' || this.code === 'timeout';
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}
