import { expect, test } from 'vitest';
import { freshChannel, realClient, withServer } from './world.js';

withServer('a consumer at the real server', () => {
  test('goes on where it committed, waits for what comes, and is forgotten on demand', async () => {
    const client = realClient('alice');
    const channel = freshChannel();
    const worker = client.consumer(channel, 'worker');
    await client.start();
    for (let number = 1; number <= 3; number += 1) await client.publish(channel, number);

    expect((await worker.fetch({ limit: 2 })).messages.map((message) => message.data)).toEqual([1, 2]);
    expect(await worker.commit(2)).toEqual({ consumer: 'worker', offset: 2, head: 3, lag: 1 });
    expect((await worker.fetch()).messages.map((message) => message.data)).toEqual([3]);
    await worker.commit(3);
    const held = worker.fetch({ waitMs: 10_000 });
    await client.publish(channel, 4);
    expect((await held).messages.map((message) => message.data)).toEqual([4]);
    await expect(worker.commit(5)).rejects.toMatchObject({ code: 'invalid-request' });
    expect(await worker.seek('earliest')).toMatchObject({ offset: 0, lag: 4 });
    await worker.remove();
    await expect(worker.remove()).rejects.toMatchObject({ code: 'not-found' });
    await client.stop();
  });

  test('named me makes the inbox', async () => {
    const user = `reader-${freshChannel().slice(5)}`;
    const client = realClient(user);
    const channel = freshChannel();
    await client.start();
    await client.publish(channel, 1);
    await client.publish(channel, 2);
    await client.consumer(channel, 'me').commit(1);
    expect(await client.inbox()).toEqual([{ channel, head: 2, offset: 1, unread: 1 }]);
    await client.stop();
  });
});
