import { Delivery } from './delivery.js';
import { sleep } from './environment.js';
import { ActiveLink, type LinkContext } from './link.js';
import type { TransportSelector } from './selector.js';
import { Subscriptions } from './subscriptions.js';
import { aborted, isOver, type Transport } from './transports/transport.js';
import type { TransportName } from './types.js';

/** When the better ones are tried after a lower one was proven; doubled after each try in vain. */
const firstMs = 30_000;
const mostMs = 300_000;
/** How long a better one has to live once it is proven: some middleboxes let an upgrade through and end it soon after. */
const stableMs = 5_000;

/** While a lower transport is in use, looks beside it whether a better one works by now. */
export class Climber {
  readonly #context: LinkContext;
  readonly #transports: Readonly<Record<TransportName, Transport>>;
  readonly #selector: TransportSelector;
  readonly #onBetter: () => void;
  #running: AbortController | null = null;

  /** The transports must be others than those in use, which run one connection at a time. */
  constructor(
    context: LinkContext, transports: Readonly<Record<TransportName, Transport>>, selector: TransportSelector, onBetter: () => void,
  ) {
    this.#context = context;
    this.#transports = transports;
    this.#selector = selector;
    this.#onBetter = onBetter;
  }

  /** A connection was proven; does nothing where it is the best, or while it looks already. */
  begin(): void {
    if (this.#running !== null || this.#selector.better.length === 0) return;
    const running = this.#running = new AbortController();
    void this.#loop(running.signal).finally(() => { if (this.#running === running) this.#running = null; });
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { environment } = this.#context;
    for (let waitMs = firstMs; this.#selector.better.length > 0; waitMs = Math.min(2 * waitMs, mostMs)) {
      await sleep(environment, waitMs * (0.75 + environment.random() / 2), signal);
      for (const name of this.#selector.better) {
        if (isOver(signal)) return;
        if (!(await this.#works(name, signal)) || isOver(signal)) continue;
        this.#selector.climb(name);
        this.#onBetter();
        return;
      }
    }
  }

  /** Opens a connection that reads the newest of one channel, hands nothing to anybody, and is closed when it has lived for a while. */
  async #works(name: TransportName, signal: AbortSignal): Promise<boolean> {
    const { subscriptions, environment } = this.#context;
    const [entry] = subscriptions.entries;
    if (entry === undefined) return false;
    const own = new Subscriptions(() => undefined);
    own.add(entry.channel, { onMessage: () => undefined }, {}, 'new');
    const delivery = new Delivery(own, null, { onGap: () => undefined, onMessage: () => undefined, onError: () => undefined });
    const seen = { proof: false };
    const link = new ActiveLink(this.#transports[name], {
      ...this.#context, delivery, subscriptions: own,
      report: () => undefined,
      retryBase: () => undefined,
      onUsable: (usable) => {
        seen.proof = usable.isProven;
        void sleep(environment, stableMs, usable.signal).then(() => { usable.close(); });
      },
    });
    void aborted(signal).then(() => { link.close(); });
    try {
      const { kind } = await link.run();
      return seen.proof && kind === 'closed';
    } catch {
      // It does not work here, which is what was asked.
      return false;
    }
  }
}
