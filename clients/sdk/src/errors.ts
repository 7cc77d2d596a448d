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

/** What a {@link RealtimeError} may be about besides the names of the server's problems; `http` is a status without one. */
export type LocalErrorCode = 'http' | 'connection-lost' | 'not-connected' | 'outbox-full' | 'stopped' | 'timeout' | 'refused';

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
  /** Whether the server itself said so: by a problem, or by a close code of the protocol. Otherwise whatever lies between may be to blame. */
  readonly byServer: boolean;

  constructor(
    code: string,
    message: string,
    details: { status?: number; problem?: Problem; retryAfterMs?: number | null; byServer?: boolean; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'RealtimeError';
    this.code = code;
    this.status = details.status ?? details.problem?.status ?? null;
    this.problem = details.problem ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.byServer = details.byServer ?? this.problem !== null;
  }

  /** True when the same request may succeed later: lost connections, timeouts, 408, 429 and 5xx. */
  get isTransient(): boolean {
    if (this.status === null) return this.code === 'connection-lost' || this.code === 'timeout';
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** What was thrown, as the client's own error; one that is not is a fault of the connection. */
export function asRealtimeError(thrown: unknown): RealtimeError {
  if (thrown instanceof RealtimeError) return thrown;
  return new RealtimeError('connection-lost', asError(thrown).message, { cause: thrown });
}

/** The error for a problem document, or for whatever else came in its place. */
export function problemError(body: unknown, status: number, retryAfterMs: number | null = null): RealtimeError {
  const problem = body as Partial<Problem> | null;
  if (typeof problem?.type !== 'string' || typeof problem.title !== 'string') {
    return new RealtimeError('http', `The server answered with status ${status}.`, { status, retryAfterMs });
  }
  const code = problem.type.slice(problem.type.lastIndexOf(':') + 1);
  const whole: Problem = { ...problem, type: problem.type, title: problem.title, status: problem.status ?? status };
  return new RealtimeError(code, problem.detail ?? problem.title, { problem: whole, retryAfterMs });
}
