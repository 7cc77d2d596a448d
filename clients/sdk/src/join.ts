import type { Delivery } from './delivery.js';
import { RealtimeError } from './errors.js';
import type { ChannelEntry } from './subscriptions.js';
import type { Link } from './transports/transport.js';
import type { Gap } from './types.js';

const timeoutMs = 15_000;
const pageSize = 500;
/** Under a load where every drain brings something, the cursor is taken as it is after so many rounds. */
const maxRounds = 4;

/**
 * Brings new channels under the cursor, for the transports where one cursor goes with a whole request. A cursor can't
 * be merged with another, and a channel that a cursor lacks begins at `latest` with every request until an answer
 * brings a new cursor; so:
 *
 * 1. a poll of all channels at `latest` answers at once with a cursor that pins every channel at its head, now;
 * 2. the channels that were read before are drained from the old cursor, which brings them to that head or beyond;
 * 3. a new channel from `earliest` is read from its history, up to that head or beyond;
 * 4. the pinned cursor takes over. What was drained beyond it comes again and is dropped by its offset.
 *
 * Nothing is skipped: each channel was delivered at least up to the pin before the pin is used.
 */
export async function join(link: Link, signal: AbortSignal): Promise<void> {
  const { api, delivery, subscriptions } = link;
  const entries = subscriptions.entries;
  const channels = entries.map((entry) => entry.channel);
  const old = delivery.received === null ? [] : entries.filter((entry) => entry.join !== 'new').map((entry) => entry.channel);
  for (let round = 1; ; round += 1) {
    const pin = await api.poll({ channels, cursor: 'latest', waitSeconds: 0 }, signal, timeoutMs);
    if (pin.cursor === null) throw new RealtimeError('connection-lost', 'A poll at "latest" brought no cursor.');
    const quiet = old.length === 0 || !(await drain(link, old, signal));
    if (!quiet && round < maxRounds) continue;
    for (const entry of entries) {
      if (entry.join === 'new' && entry.from === 'earliest') await fill(link, entry, signal);
    }
    await link.deliver({ cursor: pin.cursor, joins: entries });
    return;
  }
}

/** Whether the next request needs {@link join} first. */
export function needsJoin(delivery: Delivery, entries: readonly ChannelEntry[]): boolean {
  if (delivery.received !== null) return entries.some((entry) => entry.join !== 'joined');
  // Without a cursor one word serves all channels, when it is the same for all.
  return entries.some((entry) => entry.from !== entries[0]?.from);
}

/** The cursor of a request when {@link needsJoin} says no. */
export function startingCursor(delivery: Delivery, entries: readonly ChannelEntry[]): string {
  return delivery.received ?? entries[0]?.from ?? 'latest';
}

/** Reads on from the old cursor until nothing is left; the answer is whether there was anything. */
async function drain(link: Link, channels: readonly string[], signal: AbortSignal): Promise<boolean> {
  let some = false;
  for (;;) {
    const request = { channels, cursor: link.delivery.received, waitSeconds: 0, limit: pageSize };
    const { cursor, messages, gaps, signals } = await link.api.poll(request, signal, timeoutMs);
    if (messages.length === 0 && gaps.length === 0) return some;
    some = true;
    await link.deliver({ cursor, messages, gaps, signals });
  }
}

/** Delivers a channel's history from its beginning, or from where an earlier try was interrupted, up to its head. */
async function fill(link: Link, entry: ChannelEntry, signal: AbortSignal): Promise<void> {
  const { channel } = entry;
  const { api, subscriptions } = link;
  const { positions } = link.delivery;
  while (subscriptions.has(entry)) {
    const after = positions.offset(channel) ?? 0;
    const page = await api.history(channel, { after, limit: pageSize }, signal);
    if (positions.observeEpoch(channel, page.epoch)) {
      const gap: Gap = { channel, epoch: page.epoch, requested: after + 1, first: page.first, head: page.head, reason: 'epoch' };
      await link.deliver({ cursor: null, gaps: [gap] });
      continue;
    }
    // From the very beginning nothing is missing: `earliest` means what is retained.
    const gaps = page.gap === undefined || after === 0 ? [] : [page.gap];
    await link.deliver({ cursor: null, gaps, messages: page.messages });
    const last = page.messages.at(-1);
    if (last === undefined || last.offset >= page.head) return;
  }
}
