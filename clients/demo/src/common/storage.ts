/**
 * A small keyed store of JSON values over localStorage or sessionStorage. Where the browser denies storage
 * (private windows, blocked site data) it remembers for the life of the page, which is all that can be had.
 */
export class JsonStorage {
  readonly #prefix: string;
  readonly #area: Storage | undefined;
  readonly #memory = new Map<string, string>();

  constructor(area: () => Storage, prefix = 'realtime.') {
    this.#prefix = prefix;
    this.#area = available(area);
  }

  get(key: string): unknown {
    const text = this.#area ? this.#area.getItem(this.#prefix + key) : this.#memory.get(key);
    if (text === null || text === undefined) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      // Written by something else under the same key: as good as absent.
      return undefined;
    }
  }

  set(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (!this.#area) {
      this.#memory.set(key, text);
      return;
    }
    try {
      this.#area.setItem(this.#prefix + key, text);
    } catch {
      // The quota is used up. What is kept here (read marks, drafts) can be lost without harm.
      this.#area.removeItem(this.#prefix + key);
    }
  }

  remove(key: string): void {
    this.#memory.delete(key);
    this.#area?.removeItem(this.#prefix + key);
  }
}

function available(area: () => Storage): Storage | undefined {
  try {
    const storage = area();
    storage.getItem('');
    return storage;
  } catch {
    return undefined;
  }
}

/** Shared by all tabs of this browser: name, theme, rooms, read marks. */
export const shared = new JsonStorage(() => localStorage);
/** This tab's own, and kept over its reloads: transport, unsent messages. */
export const ownTab = new JsonStorage(() => sessionStorage);
