import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConnectionState, SetTimer, TransportName } from '../src/index.js';
import { eachTransport, makeClient, range, Recorder, transports, until } from './support/harness.js';
import { ProtocolServer } from './support/protocol-server.js';

let server: ProtocolServer;
beforeEach(async () => { server = await ProtocolServer.start(); });
afterEach(async () => { await server.kill(); });

const realTimer: SetTimer = (callback, delayMs) => {
  const timer = setTimeout(callback, delayMs);
  return () => { clearTimeout(timer); };
};

describe('"auto"', () => {
  test.each<[TransportName, readonly string[]]>([
    ['websocket', []],
    ['sse', ['/api/ws']],
    ['long-poll', ['/api/ws', '/api/stream']],
  ])('ends at %s where %j say nothing', async (expected, mute) => {
    for (const path of mute) server.faults.mute.add(path);
    const client = makeClient(server.url, { proofTimeoutMs: mute.length === 0 ? 5_000 : 1_000 });
    const room = new Recorder(client, 'room:a');
    await client.start();
    expect(client.transport).toBe(expected);
    await room.subscription.ready;
    server.store.publish('room:a', 1);
    await until('the message', () => room.messages.length === 1);
  });

  test('falls back where a transport is refused by a proxy or for its origin', async () => {
    server.faults.refuse['/api/ws'] = { status: 502, name: 'bad-gateway' };
    server.faults.refuse['/api/stream'] = { status: 403, name: 'forbidden' };
    const client = makeClient(server.url);
    new Recorder(client, 'room:a');
    await client.start();
    expect(client.transport).toBe('long-poll');
  });

  test('does not fall back while the server is away', async () => {
    const client = makeClient(server.url);
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    await server.kill();
    let tries = 0;
    client.on('error', () => { tries += 1; });
    await until('some tries', () => tries >= 6);
    await server.listen();
    await until('the connection', () => client.state === 'connected', () => client.state);
    expect(client.transport).toBe('websocket');
  });
});

eachTransport('living', (transport) => {
  test('the states are those a person would tell', async () => {
    const client = makeClient(server.url, { transport });
    const states: ConnectionState[] = [client.state];
    client.on('state', ({ state }) => { if (states.at(-1) !== state) states.push(state); });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    await server.kill();
    await until('the loss', () => client.state === 'reconnecting', () => client.state);
    await server.listen();
    await until('the return', () => client.state === 'connected', () => client.state);
    await client.stop();
    expect(states).toEqual(['idle', 'connecting', 'connected', 'reconnecting', 'connected', 'stopped']);
    expect(client.transport).toBeNull();
    expect(client.stats.reconnects).toBeGreaterThan(0);
  });

  test('after stop and start it goes on where it was', async () => {
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    server.store.publish('room:a', 1);
    await until('the first', () => room.messages.length === 1);
    await client.stop();
    server.store.publish('room:a', 2);
    await client.start();
    await until('the second', () => room.messages.length >= 2);
    expect(room.offsets).toEqual([1, 2]);
  });

  test('a handler that throws is reported and stops nothing', async () => {
    const client = makeClient(server.url, { transport });
    const seen: number[] = [];
    const reported: string[] = [];
    client.on('error', ({ error, context }) => reported.push(`${context}: ${error.message}`));
    const subscription = client.subscribe('room:a', {
      onMessage: ({ offset }) => {
        seen.push(offset);
        if (offset === 1) throw new Error('handler');
      },
    });
    await client.start();
    await subscription.ready;
    server.store.publish('room:a', 1);
    server.store.publish('room:a', 2);
    await until('both', () => seen.length === 2);
    expect(reported).toEqual(['handler: handler']);
  });

  test('503 is tried again, not sooner than the server asks', async () => {
    const path = { websocket: '/api/tickets', sse: '/api/stream', 'long-poll': '/api/poll', 'short-poll': '/api/poll' }[transport];
    server.faults.refuse[path] = { status: 503, name: 'overloaded', retryAfter: 1 };
    const client = makeClient(server.url, { transport });
    new Recorder(client, 'room:a');
    const waits: number[] = [];
    client.on('state', ({ retryInMs }) => {
      if (retryInMs === undefined) return;
      waits.push(retryInMs);
      server.faults.refuse = {};
    });
    await client.start();
    expect(waits[0]).toBeGreaterThanOrEqual(1_000);
    expect(waits).toHaveLength(1);
  });

  test('a publisher that reads nothing needs no subscription', async () => {
    const client = makeClient(server.url, { transport });
    await client.start();
    expect((await client.publish('room:a', 1)).offset).toBe(1);
  });

  test('an answer that pins no new channel loses nothing', async () => {
    server.faults.hidesCursor = true;
    const client = makeClient(server.url, { transport });
    const a = new Recorder(client, 'room:a');
    await client.start();
    await a.subscription.ready;
    const b = new Recorder(client, 'room:b');
    await b.subscription.ready;
    for (const value of range(1, 20)) {
      server.store.publish('room:b', value);
      if (value % 5 === 0) server.cut();
    }
    await until('all of the new channel', () => b.messages.length >= 20, () => b.offsets);
    expect(b.offsets).toEqual(range(1, 20));
  });
});

describe('sockets and streams', () => {
  test.each<[TransportName]>([['websocket'], ['sse']])('%s comes back after a drain, when it was told to', async (transport) => {
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    const waits: (number | undefined)[] = [];
    client.on('state', ({ state, retryInMs }) => { if (state === 'reconnecting') waits.push(retryInMs); });
    server.drain(40);
    await until('the return', () => waits.length === 1 && client.state === 'connected', () => [waits, client.state]);
    server.store.publish('room:a', 1);
    await until('the message', () => room.messages.length === 1);
    expect(waits).toEqual([40]);
  });

  test.each<[TransportName]>([['websocket'], ['sse']])('%s that falls silent is taken for dead', async (transport) => {
    const client = makeClient(server.url, { transport, silenceMs: 120 });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    await until('another connection', () => client.stats.connections >= 2, () => client.stats);
    server.store.publish('room:a', 1);
    await until('the message', () => room.messages.length >= 1);
    expect(room.offsets).toEqual([1]);
  });

  test('close code 1008 is final, 1012 is not', async () => {
    const client = makeClient(server.url, { transport: 'websocket' });
    new Recorder(client, 'room:a');
    await client.start();
    for (const session of server.sessions) session.close(1012);
    await until('the return', () => client.stats.connections === 2 && client.state === 'connected', () => client.stats);
    for (const session of server.sessions) session.close(1008);
    await until('the refusal', () => client.state === 'refused', () => client.state);
  });

  test('a frame that is too large is refused by itself', async () => {
    const client = makeClient(server.url, { transport: 'websocket' });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    server.faults.refuse['/api/channels/room:a/messages'] = { status: 413, name: 'too-large' };
    await expect(client.publish('room:a', 'x'.repeat(150_000))).rejects.toMatchObject({ code: 'too-large', status: 413 });
    expect((await client.publish('room:a', 'fits')).offset).toBe(1);
  });

  test('a socket whose reader is too far behind is closed, and read on when that has caught up', async () => {
    const client = makeClient(server.url, { transport: 'websocket' });
    const seen: number[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    const subscription = client.subscribe('room:a', { onMessage: ({ offset }) => { seen.push(offset); return held; } });
    await client.start();
    await subscription.ready;
    for (const value of range(1, 2_500)) server.store.publish('room:a', value);
    await until('the socket to be closed', () => server.sessions.size === 0, () => server.sessions.size);
    expect(seen).toEqual([1]);
    release();
    await until('everything', () => seen.length >= 2_500, () => seen.length);
    expect(seen).toEqual(range(1, 2_500));
  });
});

describe('changing the transport', () => {
  test('under load, with cuts, nothing is lost or repeated', async () => {
    const client = makeClient(server.url, { transport: 'websocket' });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    const seen: (TransportName | null)[] = [];
    client.on('transport', ({ transport }) => seen.push(transport));
    const sent: Promise<unknown>[] = [];
    for (const round of range(1, 12)) {
      for (const value of range(1, 10)) sent.push(client.publish('room:a', round * 100 + value));
      server.store.publish('room:a', 'from elsewhere');
      if (round % 3 === 0) server.cut();
      await client.setTransport(transports[round % 4] ?? 'sse');
      expect(client.transport).toBe(transports[round % 4]);
    }
    await Promise.all(sent);
    await until('132 messages', () => room.messages.length >= 132, () => room.offsets.length);
    expect(room.offsets).toEqual(range(1, 132));
    const own = room.messages.map((message) => message.data).filter((data) => typeof data === 'number');
    expect(own).toEqual(range(1, 12).flatMap((round) => range(1, 10).map((value) => round * 100 + value)));
    expect(seen).toEqual(range(1, 12).map((round) => transports[round % 4]));
  });

  test('a handler may ask for it', async () => {
    const client = makeClient(server.url, { transport: 'websocket' });
    const seen: number[] = [];
    const subscription = client.subscribe('room:a', {
      onMessage: async ({ offset }) => {
        seen.push(offset);
        if (offset === 1) await client.setTransport('long-poll');
      },
    });
    await client.start();
    await subscription.ready;
    server.store.publish('room:a', 1);
    await until('the change', () => client.transport === 'long-poll', () => client.transport);
    server.store.publish('room:a', 2);
    await until('the next', () => seen.length === 2, () => seen);
    expect(seen).toEqual([1, 2]);
  });
});

describe('polling', () => {
  test('the interval can be changed while it runs', async () => {
    const delays: number[] = [];
    const client = makeClient(server.url, {
      transport: 'short-poll', pollIntervalMs: 60_000,
      setTimer: (callback, delayMs) => { delays.push(delayMs); return realTimer(callback, delayMs); },
    });
    new Recorder(client, 'room:a');
    await client.start();
    await until('the pause', () => delays.includes(60_000), () => delays);
    client.setPollInterval(20);
    await until('more polls', () => client.stats.emptyAnswers >= 3, () => client.stats);
    expect(delays).toContain(20);
  });

  test('empty answers and bytes are counted and told', async () => {
    const client = makeClient(server.url, { transport: 'short-poll' });
    let bytes = 0;
    let empty = 0;
    client.on('traffic', (traffic) => {
      bytes += traffic.bytes;
      if (traffic.empty) empty += 1;
    });
    new Recorder(client, 'room:a');
    await client.start();
    await until('some empty answers', () => client.stats.emptyAnswers >= 3);
    await client.stop();
    expect(empty).toBe(client.stats.emptyAnswers);
    expect(bytes).toBe(client.stats.bytesUp + client.stats.bytesDown);
    expect(client.stats.requests).toBeGreaterThanOrEqual(empty);
  });
});

test('a WebSocket that is not there can not be asked for', () => {
  const { WebSocket: present } = globalThis as { WebSocket?: unknown };
  if (present !== undefined) return;
  expect(() => makeClient(server.url, { transport: 'websocket', WebSocket: undefined as never })).toThrow('WebSocket');
});

test('what JSON can not hold, and what is no channel name, is refused at once', () => {
  const client = makeClient(server.url);
  expect(() => client.publish('room:a', undefined)).toThrow(TypeError);
  expect(() => client.publish('room/a', 1)).toThrow('channel name');
  expect(() => client.subscribe('', { onMessage: () => undefined })).toThrow('channel name');
});
