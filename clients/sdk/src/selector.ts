import type { TransportMemory } from './transport-memory.js';
import type { TransportName } from './types.js';

/** From the best to the one that works everywhere. */
export const ladder: readonly TransportName[] = ['websocket', 'sse', 'long-poll', 'short-poll'];

/** A transport that was proven and lost soon after, so often in a row, does not work here. */
const maxEarlyDeaths = 2;

/** Decides which transport is tried next. */
export class TransportSelector {
  readonly #memory: TransportMemory;
  #candidates: readonly TransportName[];
  #index = 0;
  #earlyDeaths = 0;

  /** With `auto` it begins with what worked here before. */
  constructor(choice: 'auto' | TransportName, hasWebSocket: boolean, memory: TransportMemory) {
    this.#memory = memory;
    this.#candidates = candidatesOf(choice, hasWebSocket);
    if (choice !== 'auto') return;
    const known = memory.load();
    this.#index = known === null ? 0 : Math.max(0, this.#candidates.indexOf(known));
  }

  get current(): TransportName {
    return this.#candidates[this.#index] ?? 'short-poll';
  }

  /** Those that are better than the current one, the best first. */
  get better(): readonly TransportName[] {
    return this.#candidates.slice(0, this.#index);
  }

  /** The caller's choice; `auto` begins at the top again. */
  choose(choice: 'auto' | TransportName, hasWebSocket: boolean): void {
    this.#candidates = candidatesOf(choice, hasWebSocket);
    this.#use(0);
  }

  /** A better one was proven to work. */
  climb(name: TransportName): void {
    this.#use(Math.max(0, this.#candidates.indexOf(name)));
    this.#remember();
  }

  /** The current one was proven alive: where better ones were not, the next visit need not find that out again. */
  proven(): void {
    if (this.#index > 0) this.#remember();
  }

  /** The current one has worked for a while. */
  worked(): void {
    this.#earlyDeaths = 0;
    this.#remember();
  }

  /** Whether one more early death of the current one would be too many, and there is another to go to. */
  get isDoubtful(): boolean {
    return this.#earlyDeaths + 1 >= maxEarlyDeaths && this.#index + 1 < this.#candidates.length;
  }

  /** The current one was proven alive and lost soon after, though the server can be reached. The answer is true when another is to be tried at once. */
  diedEarly(): boolean {
    const falls = this.isDoubtful;
    if (falls) this.#use(this.#index + 1);
    else this.#earlyDeaths += 1;
    return falls;
  }

  /**
   * The current one could not be proven alive. The answer is true when there is another to try at once, and false when
   * all have failed: then it begins at the top again, after a pause.
   */
  failed(): boolean {
    const next = this.#index + 1;
    this.#use(next < this.#candidates.length ? next : 0);
    return next < this.#candidates.length;
  }

  #use(index: number): void {
    this.#index = index;
    this.#earlyDeaths = 0;
  }

  #remember(): void {
    // What the caller chose says nothing of the network.
    if (this.#candidates.length > 1) this.#memory.save(this.#index === 0 ? null : this.current);
  }
}

function candidatesOf(choice: 'auto' | TransportName, hasWebSocket: boolean): readonly TransportName[] {
  if (choice !== 'auto') return [choice];
  return hasWebSocket ? ladder : ladder.filter((name) => name !== 'websocket');
}
