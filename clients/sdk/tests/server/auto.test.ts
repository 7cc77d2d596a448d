import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RealtimeClient } from '../../src/index.js';
import { hurried, range, Recorder, until } from '../support/harness.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { freshChannel, realClient, serverUrl, withServer } from './world.js';

withServer('behind something that can\'t bear WebSockets', () => {
  let proxy: TcpProxy;
  let channel: string;
  let writer: RealtimeClient;
  beforeEach(async () => {
    proxy = await TcpProxy.start(serverUrl);
    channel = freshChannel();
    writer = realClient('alice');
    await writer.start();
  });
  afterEach(async () => { await proxy.stop(); });

  /** Publishes the numbers from one on, one after the other, until something holds. */
  async function publishUntil(what: string, holds: () => boolean): Promise<number> {
    let number = 0;
    const end = new AbortController();
    const load = (async () => { while (!end.signal.aborted) await writer.publish(channel, number += 1); })();
    try {
      await until(what, holds);
    } finally {
      end.abort();
      await load;
    }
    return number;
  }

  test('upgrades that are refused: SSE, and back once they pass', async () => {
    proxy.upgrades = 'refuse';
    const reader = realClient('bob', { ...hurried(), url: proxy.url });
    const room = new Recorder(reader, channel);
    await reader.start();
    await room.subscription.ready;
    expect(reader.transport).toBe('sse');
    const published = await publishUntil('the climb', () => {
      if (room.messages.length > 20) proxy.upgrades = 'pass';
      return reader.transport === 'websocket';
    });
    await until('all messages', () => room.messages.length >= published, () => room.messages.length);
    expect(room.offsets).toEqual(range(1, published));
  });

  test('upgrades that are ended after a moment: SSE after the second', async () => {
    proxy.upgrades = 300;
    const reader = realClient('bob', { url: proxy.url });
    const room = new Recorder(reader, channel);
    await reader.start();
    await room.subscription.ready;
    expect(reader.transport).toBe('websocket');
    const published = await publishUntil('the fall', () => reader.transport === 'sse' && reader.state === 'connected');
    await until('all messages', () => room.messages.length >= published, () => room.messages.length);
    expect(room.offsets).toEqual(range(1, published));
  });
});
