import { describe, expect, it } from 'vitest';
import { describeConnection, type Connection } from '../../src/chat/model/connection-text.js';
import { maxMessageBytes, sizeOf, toChatMessage } from '../../src/chat/model/message.js';
import { nameProblem, roomFromTyped, roomProblem } from '../../src/common/names.js';
import { Outgoings } from '../../src/chat/model/outbox.js';
import { isPresenceChange, People, peopleText } from '../../src/chat/model/people.js';
import { forgetAfterMs, tellEveryMs, TypingList, TypingTeller, typingText } from '../../src/chat/model/typing.js';
import { Room } from '../../src/chat/room.js';
import { noon, wire, wires } from './messages.js';

describe('toChatMessage', () => {
  it('takes what this page writes and what others do', () => {
    expect(toChatMessage({ ...wire(1), data: { text: 'hi', via: 'sse' } })).toMatchObject({ text: 'hi', via: 'sse', time: noon + 1_000 });
    expect(toChatMessage({ ...wire(1), data: 'just text' }).text).toBe('just text');
    expect(toChatMessage({ ...wire(1), data: { hello: [1] } }).text).toBe('{\n  "hello": [\n    1\n  ]\n}');
    expect(toChatMessage({ ...wire(1), data: null }).text).toBe('null');
    expect(toChatMessage({ ...wire(1), data: { text: 'hi', via: 'pigeon' } }).via).toBeUndefined();
  });
});

describe('sizeOf', () => {
  it('counts the bytes of the data as they are sent', () => {
    expect(sizeOf({ text: 'é\n' })).toBe('{"text":"__\\n"}'.length);
    expect(sizeOf({ text: 'x'.repeat(maxMessageBytes - 11) })).toBe(maxMessageBytes);
  });
});

describe('names', () => {
  it.each(['alice', 'a', 'Zoë'.replace('ë', 'e'), 'tom.b', 'x_1-2', '9lives', 'a'.repeat(32)])('takes %s', (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each([['', 'enter'], ['a b', 'spaces'], ['zoë', '“ë”'], ['a:b', '“:”'], ['.hidden', 'starts with'], ['a'.repeat(33), '32'], ['😀', '😀']])(
    'says what is wrong with %j', (name, hint) => {
      expect(nameProblem(name)).toContain(hint);
    });

  it('makes a room of what people type', () => {
    expect(roomFromTyped(' #Tea Time ')).toBe('tea-time');
    expect(roomFromTyped('room:general')).toBe('general');
    expect(roomProblem(roomFromTyped('caffè'))).toContain('è');
  });
});

describe('Outgoings', () => {
  const entry = (id: string) => ({ id, channel: 'room:a', data: { text: id }, time: noon, state: 'sending' as const });

  it('keeps a stored message until the stream brings it', () => {
    const outgoing = new Outgoings();
    outgoing.add(entry('1'));
    expect(outgoing.waiting).toBe(1);
    outgoing.accepted('1', 7, 6);
    expect(outgoing.of('room:a')).toMatchObject([{ state: 'sent', offset: 7 }]);
    expect(outgoing.waiting).toBe(0);
  });

  it('drops a message whose place has been read already: it was stored before', () => {
    const outgoing = new Outgoings();
    outgoing.add(entry('1'));
    outgoing.accepted('1', 5, 6);
    expect(outgoing.all()).toEqual([]);
  });

  it('lets a failed message be tried again', () => {
    const outgoing = new Outgoings();
    outgoing.add(entry('1'));
    outgoing.failed('1', 'No.');
    expect(outgoing.get('1')).toMatchObject({ state: 'failed', problem: 'No.' });
    expect(outgoing.again('1')).toMatchObject({ state: 'sending' });
    expect(outgoing.get('1')?.problem).toBeUndefined();
  });
});

describe('typing', () => {
  it('is told at once, then not more often than useful, and at once after sending', () => {
    const teller = new TypingTeller();
    expect(teller.keystroke(0)).toBe(true);
    expect(teller.keystroke(tellEveryMs - 1)).toBe(false);
    expect(teller.keystroke(tellEveryMs)).toBe(true);
    teller.reset();
    expect(teller.keystroke(tellEveryMs + 1)).toBe(true);
  });

  it('is forgotten after a while, or when the message has come', () => {
    const list = new TypingList();
    list.heard('alice', 0);
    list.heard('bob', 1_000);
    expect(list.nextChange()).toBe(forgetAfterMs);
    expect(list.names(forgetAfterMs)).toEqual(['bob']);
    list.stopped('bob');
    expect(list.names(forgetAfterMs)).toEqual([]);
  });

  it('reads well', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(typingText)).toEqual(
      ['', 'a is typing…', 'a and b are typing…', 'Several people are typing…']);
  });
});

describe('Room', () => {
  const page = (from: number, to: number, epoch = 'e') => ({ channel: 'room:r', epoch, first: 1, head: to, messages: wires(from, to).map((message) => ({ ...message, channel: 'room:r', type: 'chat' })) });

  it('takes everything as read on a first visit and counts what comes then', () => {
    const room = new Room('r');
    room.loaded(page(1, 3), undefined);
    expect(room.unread('me')).toBe(0);
    room.receive({ ...wire(4), channel: 'room:r', type: 'chat' });
    room.receive({ ...wire(5, 'me'), channel: 'room:r', type: 'chat' });
    expect(room.unread('me')).toBe(1);
    expect(room.markRead()).toEqual({ epoch: 'e', offset: 5 });
    expect(room.unread('me')).toBe(0);
  });

  it('goes on from the remembered mark and counts what is not loaded', () => {
    const room = new Room('r');
    room.loaded(page(51, 60), { epoch: 'e', offset: 40 });
    expect(room.unread('me')).toBe(20);
  });

  it('has read nothing of a log that began anew', () => {
    const room = new Room('r');
    room.loaded(page(1, 2, 'new'), { epoch: 'old', offset: 900 });
    expect(room.unread('me')).toBe(2);
  });
});

describe('describeConnection', () => {
  const base: Connection = { state: 'connected', transport: 'sse', choice: 'auto', reason: 'why', waiting: 0, online: true };
  const text = (change: Partial<Connection>, now = 0): string => describeConnection({ ...base, ...change }, now).text;

  it('speaks plainly', () => {
    expect(text({})).toBe('Connected by SSE');
    expect(text({ state: 'connecting', transport: null })).toBe('Connecting…');
    expect(text({ state: 'connecting', transport: null, choice: 'long-poll' })).toBe('Connecting by Long polling…');
    expect(text({ state: 'reconnecting', retryAt: 2_100 })).toBe('Reconnecting in 3 s…');
    expect(text({ state: 'reconnecting', retryAt: 2_100 }, 2_200)).toBe('Reconnecting…');
    expect(text({ state: 'reconnecting', online: false, waiting: 2 })).toBe('You are offline; 2 messages wait to be sent');
    expect(text({ state: 'reconnecting', waiting: 1 })).toBe('Reconnecting; 1 message waits to be sent');
    expect(text({ state: 'refused' })).toBe('Signed out: why');
    expect(text({ state: 'stopped' })).toBe('Stopped by you');
  });
});

describe('People', () => {
  const presence = (count: number, ...users: string[]) => ({
    channel: 'room:a', count, users: users.map((user) => ({ user, since: '2026-11-23T08:00:00.123Z', transports: ['sse'] })),
  });

  it('are loaded once and kept by signals', () => {
    const people = new People();
    expect(peopleText(people, 'alice').short).toBe('');
    people.loaded(presence(1, 'alice'));
    expect(peopleText(people, 'alice')).toEqual({ short: 'Only you', long: 'Nobody else is here' });
    expect(people.changed({ event: 'join', user: 'bob', count: 2 })).toBe(false);
    expect(peopleText(people, 'alice')).toEqual({ short: '2 here', long: 'you and bob' });
    expect(people.changed({ event: 'join', user: 'carol', count: 3 })).toBe(false);
    expect(people.changed({ event: 'leave', user: 'bob', count: 2 })).toBe(false);
    expect(people.names).toEqual(['alice', 'carol']);
  });

  it('have to be asked for again after a count, or when a signal was lost', () => {
    const people = new People();
    people.loaded(presence(1, 'alice'));
    expect(people.changed({ event: 'count', count: 18 })).toBe(true);
    expect(peopleText(people, 'alice')).toEqual({ short: '18 here', long: 'you and 17 more' });
    people.loaded(presence(2, 'alice', 'bob'));
    expect(people.changed({ event: 'leave', user: 'carol', count: 1 })).toBe(true);
  });

  it('of a large room are a number and the names that were asked for', () => {
    const people = new People();
    people.loaded(presence(10_000, ...Array.from({ length: 50 }, (_, index) => `user${index}`)));
    expect(people.changed({ event: 'join', user: 'zoe', count: 10_001 })).toBe(false);
    expect(people.names).toHaveLength(50);
    expect(peopleText(people, 'alice').long).toMatch(/^user0, .* and 9951 more$/);
  });

  it('are told by nothing but what the server says', () => {
    expect(isPresenceChange({ event: 'join', user: 'bob', count: 2 })).toBe(true);
    expect(isPresenceChange({ event: 'count', count: 2 })).toBe(true);
    for (const data of [null, 1, {}, { event: 'join', count: 1 }, { event: 'join', user: 'bob' }, { event: 'other', user: 'bob', count: 1 }]) {
      expect(isPresenceChange(data)).toBe(false);
    }
  });
});
