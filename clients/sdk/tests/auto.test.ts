import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TransportName, TransportStore } from '../src/index.js';
import { hurried, makeClient, range, Recorder, until } from './support/harness.js';
import { ProtocolServer } from './support/protocol-server.js';

let server: ProtocolServer;
beforeEach(async () => { server = await ProtocolServer.start(); });
afterEach(async () => { await server.kill(); });

/** Ends every WebSocket soon after it was opened, until the answer is called. */
function cutSockets(code: number, afterMs: number): () => void {
  const timer = setInterval(() => { for (const session of server.sessions) session.close(code); }, afterMs);
  return () => { clearInterval(timer); };
}

function memory(): TransportStore & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => { values.set(key, value); },
    removeItem: (key) => { values.delete(key); },
  };
}

const upgrades = (): number => server.seen.filter(({ path }) => path === '/api/ws').length;

describe('early deaths', () => {
  test('an upgrade that is let through and cut soon after, twice, makes way for the next transport', async () => {
    const stop = cutSockets(1011, 20);
    const client = makeClient(server.url);
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    for (let number = 1; number <= 20; number++) {
      server.store.publish('room:a', number);
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
    await until('the fall to SSE', () => client.transport === 'sse' && client.state === 'connected', () => client.transport);
    stop();
    server.store.publish('room:a', 21);
    await until('all messages', () => room.messages.length >= 21, () => room.offsets);
    expect(room.offsets).toEqual(range(1, 21));
  });

  test('a server that says that it goes away counts against no transport', async () => {
    const stop = cutSockets(1012, 20);
    const client = makeClient(server.url);
    new Recorder(client, 'room:a');
    await client.start();
    await until('some connections', () => upgrades() >= 5, upgrades);
    stop();
    await until('the connection', () => client.state === 'connected', () => client.state);
    expect(client.transport).toBe('websocket');
  });

  test('a server that is away counts against no transport', async () => {
    const client = makeClient(server.url);
    new Recorder(client, 'room:a');
    await client.start();
    for (let round = 0; round < 4; round++) {
      await server.kill();
      await until('the loss', () => client.state === 'reconnecting', () => client.state);
      await server.listen();
      await until('the return', () => client.state === 'connected', () => client.state);
    }
    expect(client.transport).toBe('websocket');
  });

  test('a transport that the caller chose is kept', async () => {
    const stop = cutSockets(1011, 20);
    const client = makeClient(server.url, { transport: 'websocket' });
    new Recorder(client, 'room:a');
    await client.start();
    await until('some connections', () => upgrades() >= 5, upgrades);
    stop();
    await until('the connection', () => client.state === 'connected', () => client.state);
    expect(client.transport).toBe('websocket');
  });
});

describe('climbing back', () => {
  test('the better transport takes over once it works, and nothing is lost, repeated or out of order', async () => {
    server.faults.refuse['/api/ws'] = { status: 502, name: 'bad-gateway' };
    const client = makeClient(server.url, hurried());
    const room = new Recorder(client, 'room:a');
    const used: (TransportName | null)[] = [];
    client.on('transport', ({ transport }) => { used.push(transport); });
    await client.start();
    await room.subscription.ready;
    let published = 0;
    const load = setInterval(() => { server.store.publish('room:a', published += 1); }, 3);
    await until('some messages', () => room.messages.length > 20, () => room.messages.length);
    delete server.faults.refuse['/api/ws'];
    await until('the climb to WebSocket', () => client.transport === 'websocket' && client.state === 'connected', () => client.transport);
    clearInterval(load);
    await until('all messages', () => room.messages.length >= published, () => room.messages.length);
    expect(room.offsets).toEqual(range(1, published));
    expect(used).toEqual(['sse', 'websocket']);
    // What was tried beside it is closed.
    await until('one connection', () => server.sessions.size === 1, () => server.sessions.size);
  });

  test('a better transport that dies soon after its proof is not climbed to', async () => {
    server.faults.refuse['/api/ws'] = { status: 502, name: 'bad-gateway' };
    const client = makeClient(server.url, hurried());
    new Recorder(client, 'room:a');
    await client.start();
    expect(client.transport).toBe('sse');
    const before = upgrades();
    delete server.faults.refuse['/api/ws'];
    const stop = cutSockets(1011, 10);
    await until('some tries', () => upgrades() >= before + 3, upgrades);
    stop();
    expect([client.transport, client.state]).toEqual(['sse', 'connected']);
  });

  test('a client that was stopped tries nothing any more', async () => {
    server.faults.refuse['/api/ws'] = { status: 502, name: 'bad-gateway' };
    const client = makeClient(server.url, hurried());
    new Recorder(client, 'room:a');
    await client.start();
    await client.stop();
    const before = upgrades();
    // More than the time after which it would have tried.
    await new Promise((resolve) => { setTimeout(resolve, 600); });
    expect(upgrades()).toBe(before);
  });
});

describe('what was learned', () => {
  test('the next client begins with what worked, for a day, and no longer once the best works', async () => {
    server.faults.refuse['/api/ws'] = { status: 502, name: 'bad-gateway' };
    const storage = memory();
    const first = makeClient(server.url, { storage });
    new Recorder(first, 'room:a');
    await first.start();
    await first.stop();
    const tried = upgrades();

    const second = makeClient(server.url, { ...hurried(), storage });
    new Recorder(second, 'room:a');
    await second.start();
    expect([second.transport, upgrades()]).toEqual(['sse', tried]);
    delete server.faults.refuse['/api/ws'];
    await until('the climb', () => second.transport === 'websocket', () => second.transport);
    expect(storage.values.size).toBe(0);
  });

  test('it is forgotten after a day, and a value that is none is ignored', async () => {
    const storage = memory();
    for (const value of [`sse ${Date.now() + 1_000}`, 'carrier-pigeon 9e15', 'nonsense']) {
      storage.values.set(`realtime:transport:${server.url}`, value);
      const client = makeClient(server.url, { storage, now: () => Date.now() + 60_000 });
      new Recorder(client, 'room:a');
      await client.start();
      expect(client.transport).toBe('websocket');
    }
  });

  test('a storage that refuses hinders nothing', async () => {
    server.faults.refuse['/api/ws'] = { status: 502, name: 'bad-gateway' };
    const storage = { ...memory(), setItem: () => { throw new Error('full'); } };
    const client = makeClient(server.url, { storage });
    new Recorder(client, 'room:a');
    await client.start();
    expect(client.transport).toBe('sse');
  });
});
