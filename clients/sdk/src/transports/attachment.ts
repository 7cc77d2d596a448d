import { asRealtimeError } from '../errors.js';
import type { ChannelEntry } from '../subscriptions.js';
import type { Message } from '../types.js';
import type { Link } from './transport.js';

/** How a socket says what it reads. */
export interface AttachmentCalls {
  /** Subscribes, and gives the cursor of all channels. */
  subscribe(channels: readonly string[], cursor: string): Promise<string>;
  unsubscribe(channels: readonly string[]): Promise<void>;
}

interface Group {
  readonly entries: readonly ChannelEntry[];
  /** A message of these channels came before the answer: its cursor is the newer one. */
  overtaken: boolean;
}

/**
 * Keeps what a socket reads equal to what is subscribed. New channels are joined with the word `latest` or `earliest`
 * and never with the cursor, which may hold an outdated place from an earlier subscription of the same channel.
 */
export class Attachment {
  readonly #link: Link;
  readonly #calls: AttachmentCalls;
  readonly #remote = new Map<string, ChannelEntry>();
  readonly #pending = new Set<Group>();
  /** Whether the cursors that arrive hold the channels that were read before this connection. */
  #covered: boolean;

  /** `initial` are the channels that the server reads from the start, without being told by a subscribe. */
  constructor(link: Link, calls: AttachmentCalls, initial: readonly ChannelEntry[]) {
    this.#link = link;
    this.#calls = calls;
    for (const entry of initial) this.#remote.set(entry.channel, entry);
    this.#covered = resumable(link).every((entry) => this.#remote.has(entry.channel));
  }

  /** Subscribes and unsubscribes whatever differs. */
  sync(): void {
    const { subscriptions, delivery } = this.#link;
    const gone = [...this.#remote.values()].filter((entry) => !subscriptions.has(entry));
    for (const entry of gone) this.#remote.delete(entry.channel);
    if (gone.length > 0) this.#send(this.#calls.unsubscribe(gone.map((entry) => entry.channel)));

    const added = subscriptions.entries.filter((entry) => !this.#remote.has(entry.channel));
    for (const entry of added) this.#remote.set(entry.channel, entry);
    const resumed = new Set(resumable(this.#link));
    const fresh = added.filter((entry) => !resumed.has(entry));
    this.#subscribe(added.filter((entry) => resumed.has(entry)), delivery.received ?? 'latest');
    this.#subscribe(fresh.filter((entry) => entry.from === 'latest'), 'latest');
    this.#subscribe(fresh.filter((entry) => entry.from === 'earliest'), 'earliest');
  }

  /** Messages arrived, with the cursor after them. */
  onMessages(messages: readonly Message[], cursor: string): void {
    const channels = new Set(messages.map((message) => message.channel));
    const unanswered = new Set<ChannelEntry>();
    for (const group of this.#pending) {
      if (group.entries.some((entry) => channels.has(entry.channel))) group.overtaken = true;
      if (!group.overtaken) group.entries.forEach((entry) => unanswered.add(entry));
    }
    // Messages come only from channels that the server reads already, so the cursor with them holds those.
    if (messages.length > 0) this.#covered = true;
    const joins = this.#covered ? [...this.#remote.values()].filter((entry) => entry.join !== 'joined' && !unanswered.has(entry)) : [];
    void this.#link.deliver({ cursor: this.#covered ? cursor : null, messages, joins });
  }

  #subscribe(entries: readonly ChannelEntry[], cursor: string): void {
    if (entries.length === 0) return;
    const group: Group = { entries, overtaken: false };
    this.#pending.add(group);
    this.#send(this.#calls.subscribe(entries.map((entry) => entry.channel), cursor).then((answer) => {
      this.#covered = true;
      void this.#link.deliver({ cursor: group.overtaken ? null : answer, joins: entries });
    }).catch((thrown: unknown) => {
      const error = asRealtimeError(thrown);
      const [only] = entries;
      // A refusal of several channels doesn't tell which of them is meant: the next connection finds out.
      if (only === undefined || entries.length > 1 || error.isTransient) throw error;
      this.#remote.delete(only.channel);
      this.#link.refuse(only, error);
      if (resumable(this.#link).length === 0) this.#covered = true;
    }).finally(() => { this.#pending.delete(group); }));
  }

  #send(call: Promise<void>): void {
    call.catch((thrown: unknown) => {
      const error = asRealtimeError(thrown);
      // A lost connection ends by itself, and knows better why.
      if (error.code !== 'connection-lost') this.#link.fail(error);
    });
  }
}

/** The channels that go on from the cursor. */
export function resumable(link: Link): ChannelEntry[] {
  if (link.delivery.received === null) return [];
  return link.subscriptions.entries.filter((entry) => entry.join !== 'new');
}
