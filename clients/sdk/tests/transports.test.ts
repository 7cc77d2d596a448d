import { afterEach, beforeEach, expect, test } from 'vitest';
import { RealtimeError } from '../src/index.js';
import { eachTransport, makeClient, range, Recorder, until } from './support/harness.js';
import { ProtocolServer } from './support/protocol-server.js';

let server: ProtocolServer;
beforeEach(async () => { server = await ProtocolServer.start(); });
afterEach(async () => { await server.kill(); });

function publish(channel: string, count: number): void {
  for (let index = 0; index < count; index += 1) server.store.publish(channel, { index });
}

eachTransport('reading', (transport) => {
  test('messages arrive once and in order', async () => {
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    publish('room:a', 50);
    await until('50 messages', () => room.messages.length >= 50, () => room.offsets);
    expect(room.offsets).toEqual(range(1, 50));
    expect(client.transport).toBe(transport);
    expect(client.stats.messages).toBe(50);
  });

  test('only what comes after the start is read, unless everything is asked for', async () => {
    publish('room:a', 3);
    publish('room:b', 3);
    const client = makeClient(server.url, { transport });
    const late = new Recorder(client, 'room:a');
    const early = new Recorder(client, 'room:b', { from: 'earliest' });
    await client.start();
    await Promise.all([late.subscription.ready, early.subscription.ready]);
    publish('room:a', 1);
    publish('room:b', 1);
    await until('both', () => late.messages.length >= 1 && early.messages.length >= 4, () => [late.offsets, early.offsets]);
    expect(late.offsets).toEqual([4]);
    expect(early.offsets).toEqual([1, 2, 3, 4]);
  });

  test('a reader goes on after every connection was cut', async () => {
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    for (let round = 1; round <= 5; round += 1) {
      publish('room:a', 10);
      server.cut();
      publish('room:a', 10);
      await until(`round ${round}`, () => room.messages.length >= 20 * round, () => room.offsets.length);
    }
    expect(room.offsets).toEqual(range(1, 100));
  });

  test('a reader goes on after the server was away', async () => {
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    publish('room:a', 2);
    await until('2 messages', () => room.messages.length === 2);
    await server.kill();
    await until('the loss to be noticed', () => client.state === 'reconnecting', () => client.state);
    publish('room:a', 2);
    await server.listen();
    await until('4 messages', () => room.messages.length >= 4, () => room.offsets);
    expect(room.offsets).toEqual([1, 2, 3, 4]);
    expect(client.state).toBe('connected');
  });

  test('another client goes on from the cursor', async () => {
    const first = makeClient(server.url, { transport });
    const before = new Recorder(first, 'room:a');
    await first.start();
    await before.subscription.ready;
    publish('room:a', 3);
    await until('3 messages and their cursor', () => before.messages.length === 3 && server.store.read(['room:a'], first.cursor).messages.length === 0);
    const { cursor } = first;
    await first.stop();
    publish('room:a', 3);
    const second = makeClient(server.url, { transport, cursor: cursor ?? '' });
    const after = new Recorder(second, 'room:a');
    await second.start();
    await until('the rest', () => after.messages.length >= 3, () => after.offsets);
    expect(after.offsets).toEqual([4, 5, 6]);
  });

  test('the cursor does not move past a message before its handler has returned', async () => {
    const client = makeClient(server.url, { transport });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    let calls = 0;
    const subscription = client.subscribe('room:a', { onMessage: () => { calls += 1; return held; } });
    await client.start();
    await subscription.ready;
    publish('room:a', 1);
    await until('the handler to be called', () => calls === 1);
    expect(server.store.read(['room:a'], client.cursor).messages).toHaveLength(1);
    release();
    await until('the cursor to move', () => server.store.read(['room:a'], client.cursor).messages.length === 0);
    expect(calls).toBe(1);
  });

  test('a gap is told before the messages that follow it', async () => {
    const client = makeClient(server.url, { transport });
    const order: string[] = [];
    const subscription = client.subscribe('room:a', {
      onMessage: (message) => { order.push(`message ${message.offset}`); },
      onGap: (gap) => { order.push(`gap ${gap.requested} to ${gap.first} ${gap.reason}`); },
    });
    await client.start();
    await subscription.ready;
    publish('room:a', 1);
    await until('the first message', () => order.length === 1);
    await server.kill();
    publish('room:a', 9);
    server.store.trim('room:a', 8);
    await server.listen();
    await until('the rest', () => order.includes('message 10'), () => order);
    expect(order).toEqual(['message 1', 'gap 2 to 8 trimmed', 'message 8', 'message 9', 'message 10']);
  });

  test('after another epoch offsets begin anew', async () => {
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    const told: string[] = [];
    client.on('gap', (gap) => told.push(gap.reason));
    await client.start();
    await room.subscription.ready;
    publish('room:a', 5);
    await until('5 messages', () => room.messages.length === 5);
    await server.kill();
    server.store.reset('room:a');
    publish('room:a', 2);
    await server.listen();
    await until('the new life', () => room.messages.length >= 7, () => room.offsets);
    expect(room.offsets).toEqual([1, 2, 3, 4, 5, 1, 2]);
    expect(told).toEqual(['epoch']);
  });

  test('channels come and go while connected', async () => {
    const client = makeClient(server.url, { transport });
    const a = new Recorder(client, 'room:a');
    await client.start();
    await a.subscription.ready;
    publish('room:b', 4);
    const b = new Recorder(client, 'room:b', { from: 'earliest' });
    const c = new Recorder(client, 'room:c');
    await Promise.all([b.subscription.ready, c.subscription.ready]);
    for (const channel of ['room:a', 'room:b', 'room:c']) publish(channel, 1);
    await until('all three', () => a.messages.length >= 1 && b.messages.length >= 5 && c.messages.length >= 1);
    b.subscription.unsubscribe();
    publish('room:b', 3);
    publish('room:a', 1);
    await until('the other channel', () => a.messages.length >= 2, () => a.offsets);
    const again = new Recorder(client, 'room:b');
    await again.subscription.ready;
    publish('room:b', 1);
    await until('the new subscription', () => again.messages.length >= 1);
    expect([a.offsets, b.offsets, c.offsets, again.offsets]).toEqual([[1, 2], [1, 2, 3, 4, 5], [1], [9]]);
  });

  test('a channel that was joined while connected misses nothing, though it was silent until the connection broke', async () => {
    const client = makeClient(server.url, { transport });
    const a = new Recorder(client, 'room:a');
    await client.start();
    await a.subscription.ready;
    const b = new Recorder(client, 'room:b');
    await b.subscription.ready;
    await server.kill();
    publish('room:b', 2);
    await server.listen();
    await until('what came meanwhile', () => b.messages.length >= 2, () => b.offsets);
    expect(b.offsets).toEqual([1, 2]);
  });

  test('a list of channels too long for a URL is read as well', async () => {
    const client = makeClient(server.url, { transport });
    const rooms = range(1, 120).map((index) => new Recorder(client, `room:${'x'.repeat(20)}:${index}`));
    await client.start();
    await Promise.all(rooms.map((room) => room.subscription.ready));
    for (const room of rooms) publish(room.subscription.channel, 1);
    await until('one message in each', () => rooms.every((room) => room.messages.length >= 1));
    server.cut();
    for (const room of rooms) publish(room.subscription.channel, 1);
    await until('one more in each', () => rooms.every((room) => room.messages.length >= 2));
    expect(rooms.every((room) => room.messages.length === 2)).toBe(true);
    expect(server.seen.every((request) => request.query.toString().length < 2_000)).toBe(true);
  });
});

eachTransport('writing', (transport) => {
  test('a publish whose answer is lost is published once', async () => {
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    server.faults.lose['/api/channels/room:a/messages'] = 1;
    const [session] = server.sessions;
    if (session !== undefined) session.loseAcks = 1;
    const published = client.publish('room:a', 'once');
    await until('the message to be stored', () => server.store.get('room:a').head === 1);
    if (session !== undefined) server.cut();
    const ack = await published;
    expect(ack.offset).toBe(1);
    expect(server.store.get('room:a').head).toBe(1);
    await until('it comes back', () => room.messages.length === 1);
    expect(room.messages[0]?.id).toBe(ack.id);
  });

  test('what is published while the server is away is sent in order when it is back', async () => {
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    await server.kill();
    const acks = range(1, 30).map((value) => client.publish('room:a', value));
    expect(client.outboxSize).toBe(30);
    await server.listen();
    await Promise.all(acks);
    await until('all to come back', () => room.messages.length >= 30, () => room.offsets);
    expect(room.messages.map((message) => message.data)).toEqual(range(1, 30));
    expect(client.outboxSize).toBe(0);
  });

  test('a refused publish is rejected with the problem, and the next goes through', async () => {
    server.faults.forbidden.add('room:closed');
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    const refused = client.publish('room:closed', 1);
    await expect(refused).rejects.toMatchObject({ code: 'forbidden', status: 403 });
    await expect(refused).rejects.toBeInstanceOf(RealtimeError);
    expect((await client.publish('room:a', 1)).offset).toBe(1);
    expect(client.outboxSize).toBe(0);
  });

  test('signals are sent, and received by all but short polls', async () => {
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    await until('the server to be listening', () => transport !== 'long-poll' || server.seen.some((request) => request.query.get('wait') === '1'));
    await client.signal('room:a', 'typing', { on: true });
    if (transport === 'short-poll') {
      publish('room:a', 1);
      await until('the message', () => room.messages.length === 1);
      expect(room.signals).toEqual([]);
      return;
    }
    await until('the signal', () => room.signals.length === 1);
    expect(room.signals[0]).toMatchObject({ channel: 'room:a', type: 'typing', data: { on: true } });
  });
});

eachTransport('refusals', (transport) => {
  test('a token that can not be renewed is refused for good', async () => {
    server.faults.token = 'other';
    const client = makeClient(server.url, { transport });
    new Recorder(client, 'room:a');
    await expect(client.start()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(client.state).toBe('refused');
    await expect(client.publish('room:a', 1)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('a token that can be renewed is', async () => {
    server.faults.token = 'second';
    const tokens = ['first', 'second'];
    const client = makeClient(server.url, { transport, token: () => tokens.shift() ?? 'third' });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    publish('room:a', 1);
    await until('the message', () => room.messages.length === 1);
  });

  test('a forbidden channel leaves the others alone', async () => {
    server.faults.forbidden.add('room:closed');
    const client = makeClient(server.url, { transport });
    const open = new Recorder(client, 'room:a');
    const closed = new Recorder(client, 'room:closed');
    await client.start();
    await expect(closed.subscription.ready).rejects.toMatchObject({ code: 'forbidden' });
    await open.subscription.ready;
    publish('room:a', 1);
    await until('the message', () => open.messages.length === 1);
    expect(client.state).toBe('connected');
  });

  test('nothing but forbidden channels is a refusal', async () => {
    server.faults.forbidden.add('room:closed');
    const client = makeClient(server.url, { transport });
    new Recorder(client, 'room:closed');
    await expect(client.start()).rejects.toBeInstanceOf(RealtimeError);
    expect(client.state).toBe('refused');
  });
});

test('who is in a channel can be asked, connected or not', async () => {
  const client = makeClient(server.url, {});
  expect(await client.presence('room:a')).toEqual({
    channel: 'room:a', count: 7, users: [{ user: 'alice', since: '2026-11-23T08:00:00.123Z', transports: ['sse'] }],
  });
  await client.presence('room:a', { limit: 3 });
  expect(server.seen.at(-1)?.query.get('limit')).toBe('3');
  server.faults.refuse['/api/channels/posts:a/presence'] = { status: 404, name: 'not-found' };
  await expect(client.presence('posts:a')).rejects.toMatchObject({ code: 'not-found' });
  expect(() => client.presence('no channel')).toThrow(TypeError);
});
