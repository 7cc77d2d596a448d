import { ownTab, shared } from '../common/storage.js';
import { isTransportChoice, type TransportChoice } from '../common/transports.js';
import { roomProblem } from '../common/names.js';

export const defaultRooms = ['general', 'random', 'support'] as const;

/** More rooms than anybody reads, and well below the server's limit of channels per reader. */
const maxRooms = 100;

/** `?transport=` wins and is remembered for this tab alone, so that each tab can have its own. */
export function transportOfTab(search: string): TransportChoice {
  const asked = new URLSearchParams(search).get('transport');
  if (isTransportChoice(asked)) {
    ownTab.set('transport', asked);
    return asked;
  }
  const remembered = ownTab.get('transport');
  return isTransportChoice(remembered) ? remembered : 'auto';
}

export function rememberTransport(choice: TransportChoice): void {
  ownTab.set('transport', choice);
  const url = new URL(location.href);
  if (!url.searchParams.has('transport')) return;
  // An address that says otherwise would win at the next reload.
  url.searchParams.set('transport', choice);
  history.replaceState(history.state, '', url);
}

/** The person's rooms: the defaults and those they joined. */
export function rememberedRooms(user: string): string[] {
  const joined = shared.get(`rooms.${user}`);
  const names = Array.isArray(joined) ? joined.filter((room) => typeof room === 'string' && roomProblem(room) === undefined) : [];
  return [...new Set<string>([...defaultRooms, ...names as string[]])].slice(0, maxRooms);
}

export function rememberRooms(user: string, rooms: readonly string[]): void {
  shared.set(`rooms.${user}`, rooms.filter((room) => !isDefaultRoom(room)));
}

export function isDefaultRoom(room: string): boolean {
  return (defaultRooms as readonly string[]).includes(room);
}

/** The room in the address (`#tea`), so that a reload and a shared link open it. */
export function roomInAddress(): string | undefined {
  const room = decodeURIComponent(location.hash.slice(1));
  return roomProblem(room) === undefined ? room : undefined;
}
