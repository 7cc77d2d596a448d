import type { RealtimeClientOptions, SetTimer, TransportStore, WebSocketConstructor } from './types.js';

/** Everything the client takes from the world around it, so that tests can hand in their own. */
export interface Environment {
  readonly fetch: typeof globalThis.fetch;
  readonly WebSocket: WebSocketConstructor | null;
  readonly now: () => number;
  readonly setTimer: SetTimer;
  readonly random: () => number;
  /** Null where there is none, or the browser forbids it. */
  readonly storage: TransportStore | null;
  /** What tells that the network is there again; null outside of browsers. */
  readonly window: EventTarget | null;
  readonly document: (EventTarget & { readonly visibilityState: string }) | null;
}

export function environmentOf(options: RealtimeClientOptions): Environment {
  const globals = globalThis as { WebSocket?: WebSocketConstructor; document?: Environment['document'] } & Partial<EventTarget>;
  return {
    // A browser's fetch refuses to be called as a method of anything but the window.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    WebSocket: options.WebSocket ?? globals.WebSocket ?? null,
    now: options.now ?? (() => Date.now()),
    setTimer: options.setTimer ?? ((callback, delayMs) => {
      const timer = setTimeout(callback, delayMs);
      return () => { clearTimeout(timer); };
    }),
    random: options.random ?? (() => Math.random()),
    storage: options.storage === undefined ? browserStorage() : options.storage,
    // Workers have the event, too.
    window: globals.addEventListener === undefined ? null : globals as EventTarget,
    document: globals.document ?? null,
  };
}

function browserStorage(): TransportStore | null {
  try {
    return typeof document === 'undefined' ? null : localStorage;
  } catch {
    // Pages in a sandbox are told so by an error.
    return null;
  }
}

/** Waits so long, or until the signal is aborted; never rejects. */
export function sleep(environment: Environment, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = () => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = environment.setTimer(finish, delayMs);
    signal.addEventListener('abort', finish);
  });
}

/** 32 random hexadecimal digits. `crypto.randomUUID` is missing on pages served over plain HTTP; this is not. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
