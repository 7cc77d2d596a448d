import { toChatMessage, type ChatMessage, type WireMessage } from './message.js';
import { Segment, type OffsetRange } from './segment.js';

/** A page of a room's history, in the protocol's shape. */
export interface HistoryPage {
  readonly epoch: string;
  readonly first: number;
  readonly head: number;
  readonly messages: readonly WireMessage[];
}

/** A gap, in the protocol's shape. */
export interface GapNotice {
  readonly epoch: string;
  readonly requested: number;
  readonly first: number;
  readonly head: number;
  readonly reason: string;
}

/** What a room shows, in order: messages, and in plain sight whatever is missing between them. */
export type TimelineItem =
  | { readonly kind: 'message'; readonly message: ChatMessage; readonly segment: number }
  | { readonly kind: 'hole'; readonly range: OffsetRange; readonly segment: number }
  | { readonly kind: 'trimmed'; readonly range: OffsetRange; readonly segment: number }
  | { readonly kind: 'restarted'; readonly segment: number }
  | { readonly kind: 'beginning'; readonly trimmed: boolean };

/** The messages of one room, merged from the live stream and from pages of history. */
export class Timeline {
  /** The newest life of the room's log: the one that live messages belong to. */
  #current = new Segment();
  #segments: Segment[] = [this.#current];

  get epoch(): string | undefined {
    return this.#current.epoch;
  }

  get newest(): number | undefined {
    return this.#current.newest;
  }

  get oldest(): number | undefined {
    return this.#current.oldest;
  }

  get size(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.messages.length, 0);
  }

  /** How many loaded messages of the newest epoch after an offset answer the question. */
  countAfter(offset: number, counts: (message: ChatMessage) => boolean): number {
    return this.#current.messages.filter((message) => message.offset > offset && counts(message)).length;
  }

  /** Whether nothing older can be loaded; unknown, and so false, until history was asked. */
  get complete(): boolean {
    // What came before the log was cleared can't be had any more.
    return this.#segments.length > 1 || this.#startsAtFirst;
  }

  /** A message from the live stream. Returns it when it was not there yet. */
  addLive(wire: WireMessage): ChatMessage | undefined {
    return wire.offset === undefined ? undefined : add(this.#current, { ...wire, offset: wire.offset });
  }

  /** Merges a page and returns what was new in it. */
  addPage(page: HistoryPage): ChatMessage[] {
    const segment = this.#segmentOf(page.epoch);
    segment.trimmedBefore(page.first);
    const added: ChatMessage[] = [];
    for (const wire of page.messages) {
      const message = wire.offset === undefined ? undefined : add(segment, { ...wire, offset: wire.offset });
      if (message) added.push(message);
    }
    return added;
  }

  addGap(gap: GapNotice): void {
    this.#segmentOf(gap.epoch).trimmedBefore(gap.first);
  }

  /** Frees the oldest messages beyond `keep`; scrolling up loads them again. */
  trim(keep: number): void {
    this.#segments = [this.#current];
    this.#current.dropOldest(keep);
  }

  items(): TimelineItem[] {
    const items: TimelineItem[] = [];
    if (this.#startsAtFirst) items.push({ kind: 'beginning', trimmed: (this.#oldestSegment.oldest ?? this.#oldestSegment.first ?? 1) > 1 });
    this.#segments.forEach((segment, index) => {
      if (index > 0) items.push({ kind: 'restarted', segment: index });
      this.#itemsOf(segment, index, items, index > 0 ? segment.first : undefined);
    });
    return items;
  }

  get #oldestSegment(): Segment {
    return this.#segments[0] ?? this.#current;
  }

  get #startsAtFirst(): boolean {
    const { first, oldest } = this.#oldestSegment;
    return first !== undefined && (oldest === undefined || oldest <= first);
  }

  /** `expected` is the offset that the segment should begin with, where that is known. */
  #itemsOf(segment: Segment, index: number, items: TimelineItem[], expected?: number): void {
    let next = expected;
    for (const message of segment.messages) {
      if (next !== undefined && message.offset > next) missing({ from: next, to: message.offset - 1 }, segment, index, items);
      items.push({ kind: 'message', message, segment: index });
      next = message.offset + 1;
    }
  }

  /** Live messages carry no epoch: the first page or gap names the one that they were in. */
  #segmentOf(epoch: string): Segment {
    const known = this.#segments.find((segment) => segment.epoch === epoch);
    if (known) return known;
    if (this.#current.epoch === undefined) {
      this.#current.epoch = epoch;
      return this.#current;
    }
    this.#current = new Segment(epoch);
    this.#segments.push(this.#current);
    return this.#current;
  }
}

function add(segment: Segment, wire: WireMessage & { readonly offset: number }): ChatMessage | undefined {
  const message = toChatMessage(wire);
  return segment.add(message) ? message : undefined;
}

/** What the server has trimmed is gone for good; the rest can be loaded. */
function missing(range: OffsetRange, segment: Segment, index: number, items: TimelineItem[]): void {
  const first = segment.first ?? 1;
  if (range.from < first) {
    items.push({ kind: 'trimmed', range: { from: range.from, to: Math.min(range.to, first - 1) }, segment: index });
  }
  if (range.to >= first) items.push({ kind: 'hole', range: { from: Math.max(range.from, first), to: range.to }, segment: index });
}
