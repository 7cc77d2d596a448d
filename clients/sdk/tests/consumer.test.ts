import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeClient } from './support/harness.js';
import { ProtocolServer } from './support/protocol-server.js';

let server: ProtocolServer;
beforeEach(async () => { server = await ProtocolServer.start(); });
afterEach(async () => { await server.kill(); });

function publish(channel: string, count: number): void {
  for (let index = 0; index < count; index += 1) server.store.publish(channel, { index });
}

describe('a consumer', () => {
  test('goes on where it committed, and its fetches commit nothing', async () => {
    const worker = makeClient(server.url, {}).consumer('room:a', 'worker');
    publish('room:a', 5);
    const offsets = async (query = {}) => (await worker.fetch(query)).messages.map((message) => message.offset);

    expect(await worker.state()).toEqual({ consumer: 'worker', offset: 0, head: 5, lag: 5 });
    expect(await offsets({ limit: 2 })).toEqual([1, 2]);
    expect(await offsets({ limit: 2 })).toEqual([1, 2]);
    expect(await worker.commit(2)).toEqual({ consumer: 'worker', offset: 2, head: 5, lag: 3 });
    expect(await offsets()).toEqual([3, 4, 5]);
    expect(await offsets({ after: 4 })).toEqual([5]);
    expect(await worker.seek('latest')).toMatchObject({ offset: 5, lag: 0 });
    await worker.remove();
    expect(await worker.state()).toMatchObject({ offset: 0 });
  });

  test('says how long and for how much to wait, and gives the answer that much more time', async () => {
    const delays: number[] = [];
    const client = makeClient(server.url, {
      setTimer: (callback, delayMs) => {
        delays.push(delayMs);
        const timer = setTimeout(callback, delayMs);
        return () => { clearTimeout(timer); };
      },
    });
    await client.consumer('room:a', 'worker').fetch({ waitMs: 2_500, minBytes: 4_096 });
    expect(delays).toEqual([17_500]);
    expect(Object.fromEntries(server.seen.at(-1)?.query ?? [])).toEqual({ wait: '2.5', minBytes: '4096' });
  });

  test('seeks to a time', async () => {
    const worker = makeClient(server.url, {}).consumer('room:a', 'a/b');
    await worker.seek(new Date('2026-11-23T08:00:00.123Z'));
    expect(server.seen.at(-1)).toMatchObject({ path: '/api/channels/room:a/consumers/a%2Fb', body: '{"seek":"2026-11-23T08:00:00.123Z"}' });
  });

  test('that is named me makes the inbox', async () => {
    const client = makeClient(server.url, {});
    publish('room:a', 2);
    await client.consumer('room:a', 'me').commit(1);
    expect(await client.inbox()).toEqual([{ channel: 'room:a', head: 2, offset: 1, unread: 1 }]);
    await client.inbox(7);
    expect(server.seen.at(-1)?.query.get('limit')).toBe('7');
  });

  test('is of a channel that has a name', () => {
    expect(() => makeClient(server.url, {}).consumer('no channel', 'worker')).toThrow(TypeError);
  });

  test('that may not read the channel is refused', async () => {
    server.faults.forbidden.add('room:a');
    await expect(makeClient(server.url, {}).consumer('room:a', 'worker').fetch()).rejects.toMatchObject({ code: 'forbidden' });
  });
});
