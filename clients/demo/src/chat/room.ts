import type { Gap, HistoryPage, Message, Subscription } from '@realtime/sdk';
import type { ChatMessage } from './model/message.js';
import { People } from './model/people.js';
import { Timeline } from './model/timeline.js';
import { TypingList, TypingTeller } from './model/typing.js';
import type { ReadMark } from './read-marks.js';

/** Where loading a room's history stands. */
export type HistoryState = 'waiting' | 'loading' | 'ready' | 'failed';

/** Beyond this many loaded messages the oldest are freed, down to `keepMessages`. */
const maxMessages = 1_500;
const keepMessages = 800;
/** A person who reads further up keeps what they see for so long. */
const maxMessagesScrolledUp = 10_000;

/** One room as this tab knows it. */
export class Room {
  readonly name: string;
  readonly channel: string;
  readonly timeline = new Timeline();
  readonly people = new People();
  readonly typing = new TypingList();
  readonly teller = new TypingTeller();
  subscription: Subscription | undefined;
  /** Runs while the people of the room are about to be asked for. */
  peopleTimer: ReturnType<typeof setTimeout> | undefined;
  history: HistoryState = 'waiting';
  /** Why history is not there, for a person. */
  problem = '';
  /** Everything up to this offset has been on screen in front of the person; undefined until history tells. */
  readUpTo: number | undefined;
  /** The "new messages" line stands after this offset while the room is open. */
  dividerAfter: number | undefined;

  constructor(name: string) {
    this.name = name;
    this.channel = `room:${name}`;
  }

  receive(wire: Message): ChatMessage | undefined {
    const message = this.timeline.addLive(wire);
    if (message) this.typing.stopped(message.user);
    return message;
  }

  /** The first page decides what counts as read: the remembered mark, or all of it on a first visit. */
  loaded(page: HistoryPage, mark: ReadMark | undefined): ChatMessage[] {
    const added = this.timeline.addPage(page);
    if (this.readUpTo === undefined) {
      if (mark === undefined) this.readUpTo = page.head;
      else this.readUpTo = mark.epoch === page.epoch ? Math.min(mark.offset, page.head) : 0;
    }
    return added;
  }

  /** After the log began anew, nothing of the new one has been read. */
  gap(gap: Gap): void {
    this.timeline.addGap(gap);
    if (gap.reason === 'epoch') {
      this.readUpTo = 0;
      this.dividerAfter = undefined;
    }
  }

  markRead(): ReadMark | undefined {
    const { newest, epoch } = this.timeline;
    if (newest === undefined || this.readUpTo === undefined) return undefined;
    this.readUpTo = Math.max(this.readUpTo, newest);
    return epoch === undefined ? undefined : { epoch, offset: this.readUpTo };
  }

  /** Messages of other people after the read mark; what is not loaded counts as theirs. */
  unread(me: string): number {
    const { readUpTo, timeline } = this;
    if (readUpTo === undefined) return 0;
    const { oldest } = timeline;
    const unloaded = oldest === undefined ? 0 : Math.max(0, oldest - 1 - readUpTo);
    return unloaded + timeline.countAfter(readUpTo, (message) => message.user !== me);
  }

  /** Frees old messages when there are many; scrolling up loads them again. */
  tidy(scrolledUp: boolean): void {
    if (this.timeline.size > (scrolledUp ? maxMessagesScrolledUp : maxMessages)) this.timeline.trim(keepMessages);
  }
}
