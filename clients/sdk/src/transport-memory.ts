import type { Environment } from './environment.js';
import { ladder } from './selector.js';
import type { TransportName } from './types.js';

/** Networks change, and so do proxies: what was learned is believed for a day, while better transports are tried again all the same. */
const believedMs = 24 * 60 * 60 * 1000;

/** Which transport worked with a server when the best did not, from one visit to the next. */
export class TransportMemory {
  readonly #environment: Environment;
  readonly #key: string;

  constructor(environment: Environment, url: string) {
    this.#environment = environment;
    this.#key = `realtime:transport:${url}`;
  }

  /** Null where nothing is known, or not any more. */
  load(): TransportName | null {
    const [name, until] = this.#environment.storage?.getItem(this.#key)?.split(' ') ?? [];
    return Number(until) > this.#environment.now() ? ladder.find((known) => known === name) ?? null : null;
  }

  /** Null forgets: the best one works. */
  save(name: TransportName | null): void {
    const { storage, now } = this.#environment;
    try {
      if (name === null) storage?.removeItem(this.#key);
      else storage?.setItem(this.#key, `${name} ${now() + believedMs}`);
    } catch {
      // A full or forbidden storage costs the next visit some seconds.
    }
  }
}
