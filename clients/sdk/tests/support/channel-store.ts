import { randomUUID } from 'node:crypto';
import type { Gap, Message, PublishAck, Signal } from '../../src/index.js';

interface Channel {
  epoch: string;
  first: number;
  head: number;
  messages: Message[];
  readonly acks: Map<string, PublishAck>;
}

/** A place in each channel. */
type Places = Record<string, { epoch: string; offset: number }>;

/** What lies after a cursor. */
export interface Page {
  readonly cursor: string;
  readonly messages: Message[];
  readonly gaps: Gap[];
  /** Whether the cursor that was given lacked a channel. */
  readonly tellsCursor: boolean;
}

/** Channel logs in memory, with the protocol's cursors and gaps. */
export class ChannelStore {
  readonly #channels = new Map<string, Channel>();
  readonly #listeners = new Set<(signal: Signal | null) => void>();

  /** What consumers have committed, by `channel/name`. */
  readonly committed = new Map<string, number>();

  get(name: string): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = { epoch: randomUUID(), first: 1, head: 0, messages: [], acks: new Map() };
      this.#channels.set(name, channel);
    }
    return channel;
  }

  /** Calls on every append (null) and signal; returns what ends that. */
  listen(listener: (signal: Signal | null) => void): () => void {
    this.#listeners.add(listener);
    return () => { this.#listeners.delete(listener); };
  }

  /** Appends, or gives the first answer again for an id that was there before. */
  publish(name: string, data: unknown, options: { id?: string; type?: string; user?: string } = {}): { ack: PublishAck; isNew: boolean } {
    const channel = this.get(name);
    const id = options.id ?? randomUUID();
    const earlier = channel.acks.get(id);
    if (earlier !== undefined) return { ack: earlier, isNew: false };
    channel.head += 1;
    const time = new Date(1_700_000_000_000 + channel.head).toISOString();
    channel.messages.push({
      channel: name, offset: channel.head, id, type: options.type ?? 'message', user: options.user ?? 'server', time, data,
    });
    const ack = { channel: name, epoch: channel.epoch, offset: channel.head, id, time };
    channel.acks.set(id, ack);
    this.#wake(null);
    return { ack, isNew: true };
  }

  /** The channels that a consumer of this name has marked. */
  inbox(name: string): object[] {
    return [...this.committed].filter(([key]) => key.endsWith(`/${name}`)).map(([key, offset]) => {
      const channel = key.slice(0, -name.length - 1);
      const { head } = this.get(channel);
      return { channel, head, offset, unread: head - offset };
    });
  }

  signal(signal: Signal): void {
    this.#wake(signal);
  }

  /** Retention: everything below this offset goes. */
  trim(name: string, first: number): void {
    const channel = this.get(name);
    channel.first = first;
    channel.messages = channel.messages.filter((message) => message.offset >= first);
  }

  /** The log is lost; another life begins. */
  reset(name: string): void {
    Object.assign(this.get(name), { epoch: randomUUID(), first: 1, head: 0, messages: [], acks: new Map() });
  }

  read(names: readonly string[], cursor: string | null, limit = 1000): Page {
    const places = cursor === null || cursor === 'latest' || cursor === 'earliest' ? {} : decode(cursor);
    const after: Places = {};
    const messages: Message[] = [];
    const gaps: Gap[] = [];
    let tellsCursor = false;
    for (const name of names) {
      const channel = this.get(name);
      const place = places[name];
      tellsCursor ||= place === undefined;
      let offset = place?.offset ?? (cursor === 'earliest' ? channel.first - 1 : channel.head);
      if (place !== undefined && place.epoch !== channel.epoch) {
        gaps.push({ channel: name, epoch: channel.epoch, requested: offset + 1, first: channel.first, head: channel.head, reason: 'epoch' });
        offset = channel.first - 1;
      } else if (offset < channel.first - 1) {
        gaps.push({ channel: name, epoch: channel.epoch, requested: offset + 1, first: channel.first, head: channel.head, reason: 'trimmed' });
        offset = channel.first - 1;
      }
      const page = channel.messages.filter((message) => message.offset > offset).slice(0, limit - messages.length);
      messages.push(...page);
      after[name] = { epoch: channel.epoch, offset: page.at(-1)?.offset ?? offset };
    }
    return { cursor: encode(after), messages, gaps, tellsCursor };
  }

  #wake(signal: Signal | null): void {
    for (const listener of [...this.#listeners]) listener(signal);
  }
}

function encode(places: Places): string {
  return Buffer.from(JSON.stringify(places)).toString('base64url');
}

function decode(cursor: string): Places {
  return JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Places;
}

/** Two cursors put together, as the server does for a session that subscribes to more channels. */
export function mergeCursors(one: string, other: string): string {
  return encode({ ...decode(one), ...decode(other) });
}

/** A cursor without a channel. */
export function withoutChannels(cursor: string, names: readonly string[]): string {
  return encode(Object.fromEntries(Object.entries(decode(cursor)).filter(([name]) => !names.includes(name))));
}
