import { byId, setText } from '../common/dom.js';
import { ChatSession } from './chat-session.js';
import type { ChatMessage } from './model/message.js';
import { peopleText } from './model/people.js';
import { layOut, type Row } from './model/rows.js';
import { typingText } from './model/typing.js';
import { defaultRooms, isDefaultRoom, rememberRooms, rememberedRooms, rememberTransport, roomInAddress, transportOfTab } from './preferences.js';
import type { Room } from './room.js';
import { paintAvatar } from '../common/avatar.js';
import { Composer } from './view/composer.js';
import { ConnectionView } from './view/connection-view.js';
import { Drawer } from './view/drawer.js';
import { bindNotifySwitch } from './view/notify-switch.js';
import { bindShortcuts } from './view/shortcuts.js';
import { RoomList } from './view/room-list.js';
import { TimelineView } from './view/timeline-view.js';

const peopleIntervalMs = 10_000;

/** The chat page of a person who has signed in: binds the session to the views. */
export class ChatPage {
  readonly #session: ChatSession;
  readonly #messages: TimelineView;
  readonly #roomList: RoomList;
  readonly #composer: Composer;
  readonly #connection: ConnectionView;
  readonly #drawer = new Drawer();
  #current: Room;
  #arrived = 0;
  #drawing = false;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(user: string) {
    this.#session = new ChatSession({
      user, transport: transportOfTab(location.search),
      onRoom: (room, arrived) => { this.#roomChanged(room, arrived); },
      onConnection: () => { this.#schedule(); },
    });
    this.#roomList = new RoomList({
      open: (room) => { this.#open(room); },
      join: (room) => { this.#join(room); },
      leave: (room) => { this.#leave(room); },
    });
    this.#composer = new Composer({
      compose: (text) => this.#session.compose(text),
      send: (data) => {
        this.#current.dividerAfter = undefined;
        this.#session.sender.send(this.#current.channel, data);
        this.#draw();
        this.#messages.toEnd();
      },
      typing: () => { this.#session.typing(this.#current); },
      scrollPage: (direction) => { this.#messages.scrollPage(direction); },
    });
    this.#connection = new ConnectionView({
      choose: (choice) => {
        rememberTransport(choice);
        this.#session.setTransport(choice);
      },
      connect: () => { this.#session.connect(); },
      hurry: () => void this.#session.hurry(),
      disconnect: () => { this.#session.disconnect(); },
    });
    this.#messages = new TimelineView({
      scroller: byId('scroller', HTMLElement), list: byId('messages', HTMLOListElement), jump: byId('jump', HTMLButtonElement),
      actions: {
        retry: (id) => { this.#session.sender.retry(id); },
        discard: (id) => { this.#session.sender.discard(id); },
        loadHole: (range) => void this.#session.loadHole(this.#current, range),
      },
      onNearStart: () => void this.#session.loadOlder(this.#current),
      onEnd: () => { this.#schedule(); },
    });
    const rooms = rememberedRooms(user);
    const wanted = roomInAddress();
    if (wanted !== undefined && !rooms.includes(wanted)) rooms.push(wanted);
    for (const room of rooms) this.#session.join(room);
    this.#current = this.#session.join(wanted ?? defaultRooms[0]);
  }

  /** Shows the page. `signOut` is called once the session has ended. */
  show(signOut: () => void): void {
    const { user } = this.#session;
    setText(byId('my-name', HTMLElement), user);
    paintAvatar(byId('my-avatar', HTMLElement), user);
    byId('chat', HTMLElement).hidden = false;
    byId('sign-out', HTMLButtonElement).addEventListener('click', () => {
      void this.#session.close().then(signOut);
    });
    bindShortcuts({
      step: (direction) => { this.#step(direction); },
      openAt: (index) => { this.#openAt(index); },
      escape: () => { this.#escape(); },
    });
    void bindNotifySwitch(this.#session.notifications);
    for (const event of ['online', 'offline']) window.addEventListener(event, () => { this.#schedule(); });
    for (const event of ['focus', 'visibilitychange']) window.addEventListener(event, () => { this.#schedule(); });
    window.addEventListener('hashchange', () => {
      const room = roomInAddress();
      if (room !== undefined && room !== this.#current.name) this.#join(room);
    });
    // The countdown to the next try.
    setInterval(() => {
      if (this.#session.connection.state === 'reconnecting') this.#connection.draw(this.#session.connection);
    }, 1_000);
    // Polls bring few signals or none, so the people in sight are asked for.
    setInterval(() => {
      const { state, transport } = this.#session.connection;
      if (state === 'connected' && transport?.endsWith('poll') === true && document.visibilityState === 'visible') this.#session.askPeople(this.#current);
    }, peopleIntervalMs);
    rememberRooms(user, [...this.#session.rooms.keys()]);
    this.#open(this.#current.name);
    this.#session.start();
  }

  #open(name: string): void {
    this.#current.dividerAfter = undefined;
    this.#current = this.#session.join(name);
    const room = this.#current;
    if (room.unread(this.#session.user) > 0) room.dividerAfter = room.readUpTo;
    if (location.hash.slice(1) !== name) history.replaceState(history.state, '', `#${name}`);
    byId('room-title', HTMLElement).replaceChildren(hash(), name);
    byId('scroller', HTMLElement).setAttribute('aria-label', `Messages in ${name}`);
    this.#composer.open(name);
    this.#messages.open(name, this.#rows());
    this.#drawer.close();
    if (matchMedia('(pointer: fine)').matches) this.#composer.focus();
    this.#draw();
  }

  #join(name: string): void {
    this.#session.join(name);
    rememberRooms(this.#session.user, [...this.#session.rooms.keys()]);
    this.#open(name);
  }

  #leave(name: string): void {
    this.#session.leave(name);
    rememberRooms(this.#session.user, [...this.#session.rooms.keys()]);
    if (this.#current.name === name) this.#openAt(0);
    else this.#schedule();
  }

  #step(direction: 1 | -1): void {
    const names = [...this.#session.rooms.keys()];
    const at = names.indexOf(this.#current.name);
    this.#openAt((at + direction + names.length) % names.length);
  }

  #openAt(index: number): void {
    const name = [...this.#session.rooms.keys()][index];
    if (name !== undefined) this.#open(name);
  }

  #escape(): void {
    if (this.#connection.close() || this.#drawer.close()) return;
    this.#current.dividerAfter = undefined;
    this.#draw();
    this.#messages.toEnd();
    this.#composer.focus();
  }

  #roomChanged(room: Room, arrived?: ChatMessage): void {
    room.tidy(room === this.#current && !this.#messages.atEnd);
    if (room === this.#current && arrived && arrived.user !== this.#session.user) {
      this.#arrived++;
      if (!this.#reading && room.dividerAfter === undefined) room.dividerAfter = room.readUpTo;
      setText(byId('announcer', HTMLElement), `${arrived.user}: ${arrived.text.slice(0, 200)}`);
    }
    this.#schedule();
  }

  /** Whether the person has the newest messages before their eyes. */
  get #reading(): boolean {
    return document.visibilityState === 'visible' && document.hasFocus() && this.#messages.atEnd;
  }

  #rows(): Row[] {
    const { user, sender } = this.#session;
    return layOut(this.#current.timeline.items(), sender.of(this.#current.channel), { me: user, readUpTo: this.#current.dividerAfter });
  }

  /** Draws once per frame, however much arrives; a hidden tab draws when it is shown again, and its title at once. */
  #schedule(): void {
    this.#drawTitle();
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw(): void {
    const room = this.#current;
    if (this.#reading) this.#session.markRead(room);
    this.#messages.draw(this.#rows(), room.history === 'ready', this.#arrived);
    this.#arrived = 0;
    this.#drawHistory(room);
    this.#drawPeople(room);
    this.#drawTyping(room);
    this.#drawTitle();
    this.#connection.draw(this.#session.connection);
    const entries = [...this.#session.rooms.keys()].map((name) => ({
      room: name, unread: this.#unreadOf(name), removable: !isDefaultRoom(name),
    }));
    this.#roomList.draw(entries, room.name);
  }

  #drawHistory(room: Room): void {
    const state = byId('history-state', HTMLElement);
    const retry = byId('history-retry', HTMLButtonElement);
    const failed = room.history === 'failed';
    setText(state, { waiting: 'Waiting for the connection…', loading: 'Loading…', ready: '', failed: room.problem }[room.history]);
    retry.hidden = !failed;
    retry.onclick = () => void this.#session.reload(room);
  }

  #drawPeople(room: Room): void {
    const { short, long } = peopleText(room.people, this.#session.user);
    const place = byId('people', HTMLElement);
    place.hidden = short === '';
    place.title = long;
    setText(byId('people-count', HTMLElement), short);
    setText(byId('people-names', HTMLElement), long);
  }

  #drawTyping(room: Room): void {
    const now = Date.now();
    setText(byId('typing', HTMLElement), typingText(room.typing.names(now)));
    clearTimeout(this.#typingTimer);
    const next = room.typing.nextChange();
    if (next !== undefined) this.#typingTimer = setTimeout(() => { this.#drawTyping(room === this.#current ? room : this.#current); }, next - now + 20);
  }

  #unreadOf(name: string): number {
    const room = this.#session.rooms.get(name);
    return room === undefined || (room === this.#current && this.#reading) ? 0 : room.unread(this.#session.user);
  }

  #drawTitle(): void {
    const unread = [...this.#session.rooms.keys()].reduce((sum, name) => sum + this.#unreadOf(name), 0);
    const elsewhere = [...this.#session.rooms.keys()].some((name) => name !== this.#current.name && this.#unreadOf(name) > 0);
    const title = `${unread > 0 ? `(${unread > 99 ? '99+' : unread}) ` : ''}#${this.#current.name} · Realtime`;
    if (document.title !== title) document.title = title;
    byId('menu-unread', HTMLElement).hidden = !elsewhere;
  }
}

function hash(): HTMLElement {
  const mark = document.createElement('span');
  mark.className = 'hash';
  mark.textContent = '#';
  return mark;
}
