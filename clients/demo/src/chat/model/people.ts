import type { Presence, PresenceChange } from '@realtime/sdk';

/** How many people are asked for by name; of larger rooms the number is shown alone. */
export const maxNames = 50;

/** Who is in one room, as far as this tab has heard. */
export class People {
  readonly #names = new Set<string>();
  /** How many are here; undefined until the server has told. */
  count: number | undefined;

  /** Names in the order in which they came; some are missing in a large room. */
  get names(): readonly string[] {
    return [...this.#names];
  }

  loaded(presence: Presence): void {
    this.#names.clear();
    for (const { user } of presence.users) this.#names.add(user);
    this.count = presence.count;
  }

  /** Takes in a signal; true when only asking again can tell who is here. */
  changed(change: PresenceChange): boolean {
    this.count = change.count;
    if (change.event === 'join' && this.#names.size < maxNames) this.#names.add(change.user);
    if (change.event === 'leave') this.#names.delete(change.user);
    return this.#names.size !== Math.min(change.count, maxNames);
  }
}

/** Whether the data of a signal tells of presence. */
export function isPresenceChange(data: unknown): data is PresenceChange {
  if (typeof data !== 'object' || data === null || !('event' in data) || !('count' in data)) return false;
  return typeof data.count === 'number'
    && (data.event === 'count' || ((data.event === 'join' || data.event === 'leave') && 'user' in data && typeof data.user === 'string'));
}

/** The others by name, first names first, as they fit beside a title. */
export function peopleText(people: People, me: string): { short: string; long: string } {
  const { count, names } = people;
  if (count === undefined) return { short: '', long: '' };
  const others = names.filter((name) => name !== me);
  if (count === 0 || (others.length === 0 && count <= 1)) return { short: 'Only you', long: 'Nobody else is here' };
  const shown = [...(names.includes(me) ? ['you'] : []), ...others];
  const missing = count - shown.length;
  const all = missing > 0 ? [...shown, `${missing} more`] : shown;
  const last = all.pop() ?? '';
  return { short: `${count} here`, long: all.length === 0 ? last : `${all.join(', ')} and ${last}` };
}
