import { RealtimeClient, RealtimeError, type HistoryQuery, type Message, type Signal } from '@realtime/sdk';
import { demoToken, SignInRefused } from '../common/tokens.js';
import type { TransportChoice, TransportName } from '../common/transports.js';
import type { Connection } from './model/connection-text.js';
import type { ChatData, ChatMessage } from './model/message.js';
import { isPresenceChange, maxNames } from './model/people.js';
import type { OffsetRange } from './model/segment.js';
import { Notifications } from './notifications.js';
import { ReadMarks } from './read-marks.js';
import { Room } from './room.js';
import { Sender } from './sender.js';

const pageSize = 50;
const pollIntervalMs = 2_000;
/** Everybody in a busy room hears at once that its people have changed; they don't ask at once. */
const peopleDelayMs = { least: 500, most: 3_000 };
/** A person is watching: the longest pause between two tries is one that they would sit through. */
const backoff = { capMs: 8_000 };

export interface ChatSessionOptions {
  readonly user: string;
  readonly transport: TransportChoice;
  /** Something about this room has changed; `arrived` is the message that its stream has brought. */
  readonly onRoom: (room: Room, arrived?: ChatMessage) => void;
  readonly onConnection: () => void;
}

/** The chat behind the page: one client, its rooms, and what this tab has sent. */
export class ChatSession {
  readonly user: string;
  readonly rooms = new Map<string, Room>();
  readonly sender: Sender;
  readonly notifications: Notifications;
  readonly #client: RealtimeClient;
  readonly #options: ChatSessionOptions;
  readonly #marks: ReadMarks;
  #choice: TransportChoice;
  #lastTransport: TransportName | null = null;
  #retryAt: number | undefined;
  #reason = '';
  #signInRefused = false;

  constructor(options: ChatSessionOptions) {
    this.#options = options;
    this.user = options.user;
    this.#choice = options.transport;
    this.#marks = new ReadMarks(options.user);
    this.#client = new RealtimeClient({
      url: location.origin, token: () => this.#token(), transport: options.transport, pollIntervalMs, backoff,
    });
    this.sender = new Sender(
      this.#client, (channel) => this.#roomOf(channel)?.timeline.newest, (channel) => { this.#changed(channel); });
    this.notifications = new Notifications(this.#client, this.user);
    this.#listen();
  }

  get connection(): Connection {
    return {
      state: this.#signInRefused ? 'refused' : this.#client.state, transport: this.#client.transport, choice: this.#choice,
      retryAt: this.#retryAt, reason: this.#reason, waiting: this.sender.waiting, online: navigator.onLine,
    };
  }

  /** Connects, and sends what an earlier life of this tab had not sent. */
  start(): void {
    this.sender.resume();
    this.connect();
  }

  /** Connects, or connects again after {@link disconnect} or a refusal, where it left off. */
  connect(): void {
    this.#signInRefused = false;
    // A refusal is told by the state as well, with its reason; that is where the page reads it.
    this.#client.start().catch(() => { this.#options.onConnection(); });
  }

  /** Tries again now instead of after the pause. */
  async hurry(): Promise<void> {
    await this.#client.stop();
    this.connect();
  }

  disconnect(): void {
    void this.#client.stop();
  }

  /** Ends the session and forgets what was not sent. Who signs in next in this browser is not notified of what is for this person. */
  async close(): Promise<void> {
    if (this.notifications.isOn) await this.notifications.turnOff().catch(() => undefined);
    await this.#client.stop();
    this.sender.forget();
  }

  setTransport(choice: TransportChoice): void {
    this.#choice = choice;
    this.#client.setTransport(choice).catch(() => { this.#options.onConnection(); });
    this.#options.onConnection();
  }

  join(name: string): Room {
    const known = this.rooms.get(name);
    if (known) return known;
    const room = new Room(name);
    this.rooms.set(name, room);
    room.subscription = this.#client.subscribe(room.channel, {
      onMessage: (message) => { this.#received(room, message); },
      onSignal: (signal) => { this.#signalled(room, signal); },
      onGap: (gap) => {
        room.gap(gap);
        this.#options.onRoom(room);
      },
    });
    // History only then: what is published while it loads comes by the stream as well, and merges by offset.
    room.subscription.ready.then(
      () => {
        this.askPeople(room);
        return this.#load(room, { limit: pageSize });
      },
      (error: unknown) => { this.#historyFailed(room, error); });
    return room;
  }

  leave(name: string): void {
    this.rooms.get(name)?.subscription?.unsubscribe();
    clearTimeout(this.rooms.get(name)?.peopleTimer);
    this.rooms.delete(name);
  }

  /** The `data` of a message with this text, marked with the transport that this tab is connected by. */
  compose(text: string): ChatData {
    const via = this.#client.transport ?? this.#lastTransport ?? (this.#choice === 'auto' ? null : this.#choice);
    return via === null ? { text } : { text, via };
  }

  /** Tells the room that its person types, not more often than is useful. */
  typing(room: Room): void {
    if (this.#client.state !== 'connected' || !room.teller.keystroke(Date.now())) return;
    // A lost signal is nobody's loss: the next keystroke sends another.
    this.#client.signal(room.channel, 'typing').catch(() => undefined);
  }

  markRead(room: Room): void {
    const mark = room.markRead();
    if (mark) this.#marks.set(room.name, mark);
  }

  async loadOlder(room: Room): Promise<void> {
    const { oldest, complete } = room.timeline;
    if (room.history !== 'ready' || complete || oldest === undefined) return;
    await this.#load(room, { before: oldest, limit: pageSize });
  }

  async loadHole(room: Room, { from, to }: OffsetRange): Promise<void> {
    await this.#load(room, { after: from - 1, limit: Math.min(to - from + 1, 200) });
  }

  /** Tries again what has failed: the first page, or the next older one. */
  async reload(room: Room): Promise<void> {
    if (room.history !== 'failed') return;
    const { epoch, oldest } = room.timeline;
    await this.#load(room, epoch === undefined || oldest === undefined ? { limit: pageSize } : { before: oldest, limit: pageSize });
  }

  #listen(): void {
    const { onConnection } = this.#options;
    this.#client.on('state', (change) => {
      if (!this.#signInRefused) this.#reason = change.reason;
      this.#retryAt = change.retryInMs === undefined ? undefined : Date.now() + change.retryInMs;
      if (change.state === 'connected') {
        for (const room of this.rooms.values()) {
          void this.reload(room);
          // Who came and went while there was no connection was told to nobody here.
          if (room.people.count !== undefined) this.askPeople(room);
        }
      }
      onConnection();
    });
    this.#client.on('transport', (change) => {
      this.#lastTransport = change.transport ?? this.#lastTransport;
      onConnection();
    });
    this.#client.on('error', ({ error, context }) => { console.warn(`Realtime, ${context}: ${error.message}`); });
  }

  async #load(room: Room, query: HistoryQuery): Promise<void> {
    if (room.history === 'loading') return;
    room.history = 'loading';
    this.#options.onRoom(room);
    try {
      const page = await this.#client.history(room.channel, query);
      for (const message of room.loaded(page, this.#marks.get(room.name))) this.sender.delivered(room.channel, message.id);
      room.history = 'ready';
      this.#options.onRoom(room);
    } catch (error) {
      this.#historyFailed(room, error);
    }
  }

  #historyFailed(room: Room, error: unknown): void {
    room.history = 'failed';
    room.problem = error instanceof RealtimeError && error.code === 'forbidden'
      ? 'You may not read this room.'
      : 'Earlier messages could not be loaded.';
    this.#options.onRoom(room);
  }

  #received(room: Room, wire: Message): void {
    const message = room.receive(wire);
    if (!message) return;
    this.sender.delivered(room.channel, message.id);
    this.#options.onRoom(room, message);
  }

  /** Asks soon who is in a room. */
  askPeople(room: Room): void {
    const { least, most } = peopleDelayMs;
    const delay = room.people.count === undefined ? 0 : least + Math.random() * (most - least);
    room.peopleTimer ??= setTimeout(() => {
      room.peopleTimer = undefined;
      this.#client.presence(room.channel, { limit: maxNames }).then(
        (presence) => {
          room.people.loaded(presence);
          this.#options.onRoom(room);
        },
        // A server may keep no presence, and one that is away is asked again when it is back.
        () => undefined);
    }, delay);
  }

  #signalled(room: Room, signal: Signal): void {
    if (signal.type === 'presence' && isPresenceChange(signal.data)) {
      if (room.people.changed(signal.data)) this.askPeople(room);
      this.#options.onRoom(room);
      return;
    }

    if (signal.type !== 'typing' || signal.user === this.user) return;
    room.typing.heard(signal.user, Date.now());
    this.#options.onRoom(room);
  }

  #changed(channel: string): void {
    const room = this.#roomOf(channel);
    if (room) this.#options.onRoom(room);
    this.#options.onConnection();
  }

  #roomOf(channel: string): Room | undefined {
    return this.rooms.get(channel.slice('room:'.length));
  }

  async #token(): Promise<string> {
    try {
      return await demoToken(this.user);
    } catch (error) {
      // Asking again would not help: this needs its person, who finds the reason in the connection's state.
      if (error instanceof SignInRefused) {
        this.#reason = error.message;
        this.#signInRefused = true;
        void this.#client.stop();
      }
      throw error;
    }
  }
}
