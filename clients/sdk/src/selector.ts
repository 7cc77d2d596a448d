import type { TransportName } from './types.js';

/** From the best to the one that works everywhere. */
export const ladder: readonly TransportName[] = ['websocket', 'sse', 'long-poll', 'short-poll'];

/** Decides which transport is tried next. */
export class TransportSelector {
  #candidates: readonly TransportName[];
  #index = 0;

  constructor(choice: 'auto' | TransportName, hasWebSocket: boolean) {
    this.#candidates = candidatesOf(choice, hasWebSocket);
  }

  get current(): TransportName {
    return this.#candidates[this.#index] ?? 'short-poll';
  }

  /** The caller's choice; `auto` begins at the top again. */
  choose(choice: 'auto' | TransportName, hasWebSocket: boolean): void {
    this.#candidates = candidatesOf(choice, hasWebSocket);
    this.#index = 0;
  }

  /**
   * The current one could not be proven alive. The answer is true when there is another to try at once, and false when
   * all have failed: then it begins at the top again, after a pause.
   */
  failed(): boolean {
    this.#index += 1;
    if (this.#index < this.#candidates.length) return true;
    this.#index = 0;
    return false;
  }
}

function candidatesOf(choice: 'auto' | TransportName, hasWebSocket: boolean): readonly TransportName[] {
  if (choice !== 'auto') return [choice];
  return hasWebSocket ? ladder : ladder.filter((name) => name !== 'websocket');
}
