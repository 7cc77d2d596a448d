import type { ChatMessage } from './message.js';
import type { Outgoing } from './outbox.js';
import type { OffsetRange } from './segment.js';
import type { TimelineItem } from './timeline.js';

/** Messages of one author that are further apart than this start a new group. */
export const groupWithinMs = 5 * 60_000;

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly message: ChatMessage;
  readonly mine: boolean;
  /** The first of a group shows author and time. */
  readonly starts: boolean;
  readonly outgoing?: Outgoing;
}

/** One line of the timeline. `key` is stable, so that the view keeps the nodes of rows that stay. */
export type Row =
  | MessageRow
  | { readonly kind: 'date'; readonly key: string; readonly time: number }
  | { readonly kind: 'unread'; readonly key: string }
  | { readonly kind: 'hole'; readonly key: string; readonly range: OffsetRange }
  | { readonly kind: 'trimmed'; readonly key: string; readonly range: OffsetRange }
  | { readonly kind: 'restarted'; readonly key: string }
  | { readonly kind: 'beginning'; readonly key: string; readonly trimmed: boolean };

export interface RowOptions {
  readonly me: string;
  /** The "new messages" line goes after this offset of the newest segment. */
  readonly readUpTo?: number | undefined;
}

/** Lays out a room: date lines, groups by author, the line before unread messages, and at the end what is being sent. */
export function layOut(items: readonly TimelineItem[], outgoing: readonly Outgoing[], options: RowOptions): Row[] {
  const layout = new Layout(options);
  const lastSegment = items.reduce((last, item) => ('segment' in item ? Math.max(last, item.segment) : last), 0);
  for (const item of items) {
    switch (item.kind) {
      case 'message': layout.message(item.message, item.segment, item.segment === lastSegment); break;
      case 'beginning': layout.mark({ kind: 'beginning', key: 'beginning', trimmed: item.trimmed }); break;
      case 'restarted': layout.mark({ kind: 'restarted', key: `restarted:${item.segment}` }); break;
      default: layout.mark({ kind: item.kind, key: `${item.kind}:${item.segment}:${item.range.from}`, range: item.range });
    }
  }
  for (const entry of outgoing) layout.outgoing(entry);
  return layout.rows;
}

class Layout {
  readonly rows: Row[] = [];
  readonly #options: RowOptions;
  readonly #keys = new Set<string>();
  #day = '';
  #author: string | undefined;
  #time = 0;
  #unreadShown = false;

  constructor(options: RowOptions) {
    this.#options = options;
  }

  message(message: ChatMessage, segment: number, newestSegment: boolean): void {
    const { readUpTo, me } = this.#options;
    const unread = newestSegment && readUpTo !== undefined && message.offset > readUpTo;
    if (unread && !this.#unreadShown && message.user !== me) {
      this.#unreadShown = true;
      this.mark({ kind: 'unread', key: 'unread' });
    }
    // An id may come again once the deduplication window has passed; a row's key may not.
    const key = this.#keys.has(message.id) ? `${message.id}#${segment}:${message.offset}` : message.id;
    this.#push(key, message);
  }

  outgoing(entry: Outgoing): void {
    const message: ChatMessage = { offset: 0, id: entry.id, user: this.#options.me, time: entry.time, ...entry.data };
    this.#push(entry.id, message, entry);
  }

  /** Anything between two messages ends a group. */
  mark(row: Exclude<Row, MessageRow>): void {
    this.rows.push(row);
    this.#author = undefined;
  }

  #push(key: string, message: ChatMessage, outgoing?: Outgoing): void {
    const day = new Date(message.time).toDateString();
    if (day !== this.#day) {
      // A clock set back can bring the same day twice; keys stay unique.
      const dateKey = this.#keys.has(`date:${day}`) ? `date:${day}:${key}` : `date:${day}`;
      this.#keys.add(dateKey);
      this.mark({ kind: 'date', key: dateKey, time: message.time });
      this.#day = day;
    }
    const starts = message.user !== this.#author || message.time - this.#time > groupWithinMs;
    this.#author = message.user;
    this.#time = message.time;
    this.#keys.add(key);
    const row: MessageRow = { kind: 'message', key, message, mine: message.user === this.#options.me, starts };
    this.rows.push(outgoing ? { ...row, outgoing } : row);
  }
}

const dayMs = 24 * 60 * 60_000;

/** "Today", "Yesterday", or the date in words. */
export function dateLabel(time: number, now: number, locale?: string): string {
  const day = new Date(time).toDateString();
  if (day === new Date(now).toDateString()) return 'Today';
  if (day === new Date(now - dayMs).toDateString()) return 'Yesterday';
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(locale, {
    weekday: 'long', day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }),
  }).format(time);
}
