import type { OutboxEntry, OutboxStorage } from './types.js';

/** Keeps nothing beyond the page or process: what the client itself holds is enough for its own reconnects. */
export class MemoryOutbox implements OutboxStorage {
  load(): readonly OutboxEntry[] { return []; }
  add(): void { /* The client holds the entry. */ }
  remove(): void { /* The client forgets the entry. */ }
}

/** The part of `localStorage` that is used. */
export type KeyValueStore = Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>;

/**
 * Keeps unacknowledged messages over a reload of the page. Each has a key of its own, so that several tabs don't
 * overwrite each other's; a tab also sends what another left behind, which is harmless, since the ids are the same.
 */
export class LocalStorageOutbox implements OutboxStorage {
  readonly #prefix: string;
  readonly #store: KeyValueStore;
  readonly #keys = new Map<string, string>();
  #last = 0;

  /** `name` tells apart the outboxes of several users or servers on one origin. */
  constructor(name = 'realtime:outbox', store: KeyValueStore = localStorage) {
    this.#prefix = `${name}:`;
    this.#store = store;
  }

  load(): readonly OutboxEntry[] {
    const keys: string[] = [];
    for (let index = 0; index < this.#store.length; index += 1) {
      const key = this.#store.key(index);
      if (key?.startsWith(this.#prefix) === true) keys.push(key);
    }
    const entries: OutboxEntry[] = [];
    for (const key of keys.sort()) {
      const entry = JSON.parse(this.#store.getItem(key) ?? 'null') as OutboxEntry | null;
      if (entry === null) continue;
      entries.push(entry);
      this.#keys.set(nameOf(entry.channel, entry.id), key);
      this.#last = Math.max(this.#last, Number(key.slice(this.#prefix.length).split(':')[0]));
    }
    return entries;
  }

  add(entry: OutboxEntry): void {
    // Rising, also when the clock was set back; 15 digits keep the order of numbers and of texts the same.
    this.#last = Math.max(Date.now(), this.#last + 1);
    const key = `${this.#prefix}${String(this.#last).padStart(15, '0')}:${entry.id}`;
    this.#store.setItem(key, JSON.stringify(entry));
    this.#keys.set(nameOf(entry.channel, entry.id), key);
  }

  remove(channel: string, id: string): void {
    const key = this.#keys.get(nameOf(channel, id));
    if (key === undefined) return;
    this.#keys.delete(nameOf(channel, id));
    this.#store.removeItem(key);
  }
}

function nameOf(channel: string, id: string): string {
  return `${channel} ${id}`;
}
