import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RealtimeClientOptions, TransportName } from '../../src/index.js';
import { range, Recorder, transports, until } from '../support/harness.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { freshChannel, realClient, serverUrl, withServer } from './world.js';

/** The four transports, and the hub as a second way to a WebSocket. */
const kinds: readonly (readonly [string, TransportName, Partial<RealtimeClientOptions>])[] = [
  ...transports.map((name) => [name, name, {}] as const),
  ['SignalR', 'websocket', { webSocket: 'signalr' }],
];

let proxy: TcpProxy;

withServer('the server', () => {
  beforeEach(async () => { proxy = await TcpProxy.start(serverUrl); });
  afterEach(async () => { await proxy.stop(); });

  for (const [title, transport, options] of kinds) {
    const settings = { transport, ...options };

    test(`${title}: messages of any content arrive once and in order`, async () => {
      const channel = freshChannel();
      const writer = realClient('alice', settings);
      const reader = realClient('bob', settings);
      const room = new Recorder(reader, channel);
      await Promise.all([writer.start(), reader.start()]);
      await room.subscription.ready;
      const contents = ['héllo\nwörld', 'a\r\nb\u2028c', '🎈', '', null, 0, [1, { two: 'three' }], { nested: { text: '<b>' } }];
      for (const content of contents) await writer.publish(channel, content, { type: 'chat' });
      await until('all of them', () => room.messages.length >= contents.length, () => room.offsets);
      expect(room.messages.map((message) => message.data)).toEqual(contents);
      expect(room.offsets).toEqual(range(1, contents.length));
      expect(room.messages[0]).toMatchObject({ channel, type: 'chat', user: 'alice' });
    });

    test(`${title}: cut again and again under load, nothing is lost or repeated`, async () => {
      const channel = freshChannel();
      const reader = realClient('bob', { ...settings, url: proxy.url });
      const room = new Recorder(reader, channel);
      await reader.start();
      await room.subscription.ready;
      const writer = realClient('alice', { transport: 'long-poll' });
      await writer.start();
      const cutting = (async () => {
        for (let count = 15; count < 150; count += 15) {
          await until(`${count} messages`, () => room.messages.length >= count, () => room.messages.length);
          proxy.cut();
        }
      })();
      for (let index = 1; index <= 150; index += 1) await writer.publish(channel, index);
      await cutting;
      await until('150 messages', () => room.messages.length >= 150, () => room.messages.length, 20_000);
      expect(room.offsets).toEqual(range(1, 150));
      expect(room.messages.map((message) => message.data)).toEqual(range(1, 150));
    });

    test(`${title}: a publish whose answer is lost is published once`, async () => {
      const channel = freshChannel();
      const client = realClient('alice', { ...settings, url: proxy.url });
      const room = new Recorder(client, channel);
      await client.start();
      await room.subscription.ready;
      // Frames are masked: on a socket it is the next thing that is sent.
      proxy.loseAnswerTo((sent) => transport === 'websocket' || sent.includes(`POST /api/channels/${channel}/messages`));
      const first = await client.publish(channel, 'once');
      const second = await client.publish(channel, 'twice');
      expect([first.offset, second.offset]).toEqual([1, 2]);
      await until('both', () => room.messages.length >= 2, () => room.offsets);
      expect(room.messages.map((message) => message.data)).toEqual(['once', 'twice']);
      expect((await client.history(channel)).head).toBe(2);
    });

    test(`${title}: channels come and go while connected`, async () => {
      const [a, b] = [freshChannel(), freshChannel()];
      const client = realClient('alice', settings);
      const one = new Recorder(client, a);
      await client.start();
      await one.subscription.ready;
      for (const value of range(1, 5)) await client.publish(b, value);
      const early = new Recorder(client, b, { from: 'earliest' });
      await early.subscription.ready;
      await client.publish(b, 6);
      await client.publish(a, 1);
      await until('both channels', () => early.messages.length >= 6 && one.messages.length >= 1, () => early.offsets);
      early.subscription.unsubscribe();
      await client.publish(b, 7);
      const late = new Recorder(client, b);
      await late.subscription.ready;
      await client.publish(b, 8);
      await until('the last', () => late.messages.length >= 1);
      expect([one.offsets, early.offsets, late.offsets]).toEqual([[1], range(1, 6), [8]]);
    });

    test(`${title}: a channel that may not be read is refused and leaves the others alone`, async () => {
      const channel = freshChannel();
      const client = realClient('alice', settings);
      const open = new Recorder(client, channel);
      const closed = new Recorder(client, 'dm:bob:carol');
      await client.start();
      await expect(closed.subscription.ready).rejects.toMatchObject({ code: 'forbidden', status: 403 });
      await open.subscription.ready;
      await client.publish(channel, 1);
      await until('the message', () => open.messages.length === 1);
      await expect(client.publish('dm:bob:carol', 1)).rejects.toMatchObject({ code: 'forbidden' });
    });

    test(`${title}: a forged token is refused for good`, async () => {
      const client = realClient('alice', { ...settings, token: 'not.a.token' });
      new Recorder(client, freshChannel());
      await expect(client.start()).rejects.toMatchObject({ code: 'unauthenticated' });
      expect(client.state).toBe('refused');
    });

    test(`${title}: a message that is too large is refused and the next goes through`, async () => {
      const channel = freshChannel();
      const client = realClient('alice', settings);
      const room = new Recorder(client, channel);
      await client.start();
      await room.subscription.ready;
      await expect(client.publish(channel, 'x'.repeat(70_000))).rejects.toMatchObject({ code: 'too-large' });
      await expect(client.publish(channel, 'x'.repeat(2_000_000))).rejects.toMatchObject({ status: 413 });
      expect((await client.publish(channel, 'fits')).offset).toBe(1);
      await until('it', () => room.messages.length === 1);
    });

    test(`${title}: signals come through, except by short polls`, async () => {
      const channel = freshChannel();
      const reader = realClient('bob', settings);
      const writer = realClient('alice', settings);
      const room = new Recorder(reader, channel);
      await Promise.all([reader.start(), writer.start()]);
      await room.subscription.ready;
      if (transport === 'short-poll') {
        await writer.signal(channel, 'typing', { on: true });
        return;
      }
      // At most once: a long poll that is just being asked again misses it.
      while (room.signals.length === 0) {
        await writer.signal(channel, 'typing', { on: true });
        await until('a signal', () => room.signals.length > 0, undefined, 500).catch(() => undefined);
      }
      expect(room.signals[0]).toMatchObject({ channel, type: 'typing', user: 'alice', data: { on: true } });
    });
  }

  test('a reader that changes its transport under load loses and repeats nothing', async () => {
    const channel = freshChannel();
    const reader = realClient('bob', { transport: 'websocket' });
    const room = new Recorder(reader, channel);
    await reader.start();
    await room.subscription.ready;
    const writer = realClient('alice', { transport: 'sse' });
    await writer.start();
    const switching = (async () => {
      for (let turn = 1; turn < 15; turn += 1) {
        await until('some more', () => room.messages.length >= turn * 20, () => room.messages.length);
        await reader.setTransport(transports[turn % 4] ?? 'websocket');
      }
    })();
    for (let index = 1; index <= 300; index += 1) await writer.publish(channel, index);
    await switching;
    await until('300 messages', () => room.messages.length >= 300, () => room.messages.length, 20_000);
    expect(room.offsets).toEqual(range(1, 300));
  });

  test('a cursor is good for any transport', async () => {
    const channel = freshChannel();
    let cursor = '';
    let expected = 0;
    for (const [, transport, options] of kinds) {
      const client = realClient('alice', { transport, ...options, ...(cursor !== '' && { cursor }) });
      const room = new Recorder(client, channel);
      await client.start();
      await room.subscription.ready;
      await client.publish(channel, transport);
      expected += 1;
      await until('the one message', () => room.messages.length >= 1 && client.cursor !== cursor, () => room.offsets);
      expect(room.offsets).toEqual([expected]);
      cursor = client.cursor ?? '';
      await client.stop();
    }
  });

  test('"auto" begins with a WebSocket', async () => {
    const client = realClient('alice');
    await client.start();
    expect(client.transport).toBe('websocket');
  });

  test('history is read in both directions', async () => {
    const channel = freshChannel();
    const client = realClient('alice', { transport: 'short-poll' });
    await client.start();
    for (const value of range(1, 7)) await client.publish(channel, value);
    const newest = await client.history(channel, { limit: 3 });
    const before = await client.history(channel, { before: 5, limit: 3 });
    const after = await client.history(channel, { after: 5 });
    const since = await client.history(channel, { since: new Date(newest.messages[0]?.time ?? '') });
    expect(newest.messages.map((message) => message.offset)).toEqual([5, 6, 7]);
    expect(before.messages.map((message) => message.offset)).toEqual([2, 3, 4]);
    expect(after.messages.map((message) => message.offset)).toEqual([6, 7]);
    expect(since.messages.map((message) => message.offset)).toEqual(expect.arrayContaining([5, 6, 7]));
    expect([newest.first, newest.head]).toEqual([1, 7]);
  });
});
