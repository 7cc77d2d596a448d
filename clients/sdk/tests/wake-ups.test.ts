import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eachTransport, makeClient, Recorder, until } from './support/harness.js';
import { ProtocolServer } from './support/protocol-server.js';

/** The parts of a browser's page that tell of the network. */
class Page extends EventTarget {
  visibilityState = 'visible';

  show(state: 'visible' | 'hidden'): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

let server: ProtocolServer;
let page: Page;
let network: EventTarget;
beforeEach(async () => {
  server = await ProtocolServer.start();
  page = new Page();
  network = new EventTarget();
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', network.addEventListener.bind(network));
  vi.stubGlobal('removeEventListener', network.removeEventListener.bind(network));
});
afterEach(async () => { await server.kill(); });
// Not sooner: clients are stopped after each test, and stop listening then.
afterAll(() => { vi.unstubAllGlobals(); });

eachTransport('a network that is there again', (transport) => {
  test('the connection from before is replaced, and goes on from the cursor', async () => {
    const client = makeClient(server.url, { transport });
    const room = new Recorder(client, 'room:a');
    await client.start();
    await room.subscription.ready;
    server.store.publish('room:a', 1);
    await until('the first', () => room.messages.length === 1);
    const { connections } = client.stats;
    network.dispatchEvent(new Event('online'));
    server.store.publish('room:a', 2);
    await until('another connection', () => client.stats.connections > connections && client.state === 'connected');
    await until('the second', () => room.messages.length >= 2);
    expect(room.offsets).toEqual([1, 2]);
  });
});

describe('waking up', () => {
  test('a pause ends as soon as the network is there, or somebody looks', async () => {
    const client = makeClient(server.url, { backoff: { baseMs: 60_000, capMs: 60_000 }, random: () => 0.9 });
    new Recorder(client, 'room:a');
    await client.start();
    for (const wakeUp of [() => { network.dispatchEvent(new Event('online')); }, () => { page.show('visible'); }]) {
      await server.kill();
      await until('the loss', () => client.state === 'reconnecting', () => client.state);
      await server.listen();
      wakeUp();
      await until('the return', () => client.state === 'connected', () => client.state);
    }
  });

  test('a clock that jumps shows that the machine slept; timers of a hidden tab come late as a rule', async () => {
    let ahead = 0;
    const ticks: (() => void)[] = [];
    const client = makeClient(server.url, {
      now: () => Date.now() + ahead,
      setTimer: (callback, delayMs) => {
        if (delayMs === 5_000) {
          ticks.push(callback);
          return () => undefined;
        }
        const timer = setTimeout(callback, delayMs);
        return () => { clearTimeout(timer); };
      },
      proofTimeoutMs: 2_000,
    });
    new Recorder(client, 'room:a');
    await client.start();
    const after = async (ms: number): Promise<number> => {
      const { connections } = client.stats;
      ahead += ms;
      ticks.shift()?.();
      if (client.state !== 'connected') await until('the connection', () => client.state === 'connected');
      return client.stats.connections - connections;
    };
    expect(await after(5_000)).toBe(0);
    expect(await after(25_000)).toBe(1);
    page.show('hidden');
    expect(await after(60_000)).toBe(0);
    expect(await after(600_000)).toBe(1);
  });

  test('a client that was stopped hears nothing any more', async () => {
    const client = makeClient(server.url);
    new Recorder(client, 'room:a');
    await client.start();
    await client.stop();
    network.dispatchEvent(new Event('online'));
    page.show('visible');
    expect(client.state).toBe('stopped');
  });
});
