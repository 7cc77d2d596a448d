/** How often "is typing" is told to the room while a person types. */
export const tellEveryMs = 2_500;
/** How long it is believed without hearing again: two tellings may be lost before the name goes. */
export const forgetAfterMs = 6_000;

/** Decides when this tab tells the room that its person is typing. */
export class TypingTeller {
  #lastTold = Number.NEGATIVE_INFINITY;

  /** True when it is time to tell. */
  keystroke(now: number): boolean {
    if (now - this.#lastTold < tellEveryMs) return false;
    this.#lastTold = now;
    return true;
  }

  /** After sending, the next keystroke is told at once. */
  reset(): void {
    this.#lastTold = Number.NEGATIVE_INFINITY;
  }
}

/** Who is typing in one room, as far as this tab has heard. */
export class TypingList {
  readonly #until = new Map<string, number>();

  heard(user: string, now: number): void {
    this.#until.set(user, now + forgetAfterMs);
  }

  /** Their message has come, so they have stopped. */
  stopped(user: string): void {
    this.#until.delete(user);
  }

  names(now: number): string[] {
    for (const [user, until] of this.#until) if (until <= now) this.#until.delete(user);
    return [...this.#until.keys()];
  }

  /** When the list changes by itself, so that one timer is enough; undefined when nobody is typing. */
  nextChange(): number | undefined {
    return this.#until.size === 0 ? undefined : Math.min(...this.#until.values());
  }
}

export function typingText(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return '';
  if (second === undefined) return `${first} is typing…`;
  if (names.length === 2) return `${first} and ${second} are typing…`;
  return 'Several people are typing…';
}
