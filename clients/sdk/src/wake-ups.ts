import type { Environment } from './environment.js';

const tickMs = 5_000;
/** A timer that comes so late shows that the machine slept. */
const sleptMs = 15_000;
/** Browsers run the timers of hidden tabs once a minute. */
const hiddenSleptMs = 90_000;

/**
 * What the world tells of the network:
 *
 * - `online`, `slept`: connections from before may be dead without anybody knowing.
 * - `visible`: somebody looks, and waits.
 */
export type WakeUp = 'online' | 'slept' | 'visible';

/** Tells when what was known of the network may no longer hold. */
export class WakeUps {
  readonly #environment: Environment;
  readonly #onWakeUp: (why: WakeUp) => void;
  #cleanUp: (() => void)[] = [];
  #lastTick = 0;

  constructor(environment: Environment, onWakeUp: (why: WakeUp) => void) {
    this.#environment = environment;
    this.#onWakeUp = onWakeUp;
  }

  start(): void {
    const { window, document } = this.#environment;
    this.#lastTick = this.#environment.now();
    this.#tick();
    this.#listen(window, 'online', () => { this.#onWakeUp('online'); });
    this.#listen(document, 'visibilitychange', () => {
      if (document?.visibilityState === 'visible' && !this.#hasSlept(hiddenSleptMs)) this.#onWakeUp('visible');
    });
  }

  stop(): void {
    for (const undo of this.#cleanUp.splice(0)) undo();
  }

  #tick(): void {
    const cancel = this.#environment.setTimer(() => {
      this.#cleanUp.splice(this.#cleanUp.indexOf(cancel), 1);
      this.#hasSlept(tickMs + (this.#environment.document?.visibilityState === 'hidden' ? hiddenSleptMs : sleptMs));
      this.#tick();
    }, tickMs);
    this.#cleanUp.push(cancel);
  }

  /** Looks at the clock, and tells of a sleep. */
  #hasSlept(limitMs: number): boolean {
    const now = this.#environment.now();
    const slept = now - this.#lastTick > limitMs;
    this.#lastTick = now;
    if (slept) this.#onWakeUp('slept');
    return slept;
  }

  #listen(target: EventTarget | null, event: string, handler: () => void): void {
    target?.addEventListener(event, handler);
    this.#cleanUp.push(() => { target?.removeEventListener(event, handler); });
  }
}
