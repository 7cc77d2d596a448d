import { expect, test } from 'vitest';
import { LocalStorageOutbox, RealtimeError, type ClientError, type KeyValueStore, type OutboxEntry, type OutboxStorage, type PublishAck } from '../src/index.js';
import { Outbox, type Send } from '../src/outbox.js';
import { MemoryOutbox } from '../src/outbox-storage.js';
import { environmentOf } from '../src/environment.js';
import { range, until } from './support/harness.js';

const lost = new RealtimeError('connection-lost', 'lost');
const entry = (channel: string, value: number): OutboxEntry => ({ channel, id: `${channel}-${value}`, data: value });
const ackOf = ({ channel, id }: OutboxEntry): PublishAck => ({ channel, id, epoch: 'e', offset: 1, time: '' });

function makeOutbox(send: Send, options: { storage?: OutboxStorage; limit?: number; errors?: ClientError[] } = {}): Outbox {
  const environment = environmentOf({ url: 'http://localhost', token: 't' });
  return new Outbox(
    options.storage ?? new MemoryOutbox(), options.limit ?? 100, send, environment, { baseMs: 1, capMs: 2 },
    (error) => { options.errors?.push(error); },
  );
}

/** What `localStorage` does. */
class FakeStorage implements KeyValueStore {
  readonly items = new Map<string, string>();
  get length(): number { return this.items.size; }
  key(index: number): string | null { return [...this.items.keys()][index] ?? null; }
  getItem(key: string): string | null { return this.items.get(key) ?? null; }
  setItem(key: string, value: string): void { this.items.set(key, value); }
  removeItem(key: string): void { this.items.delete(key); }
}

test('messages of a channel stay in order while sends fail', async () => {
  const sent: unknown[] = [];
  let tries = 0;
  const outbox = makeOutbox((item) => {
    tries += 1;
    if (tries % 3 !== 0) return Promise.reject(lost);
    sent.push(item.data);
    return Promise.resolve(ackOf(item));
  });
  outbox.open();
  await Promise.all(range(1, 20).map((value) => outbox.publish(entry('a', value))));
  expect(sent).toEqual(range(1, 20));
  expect(outbox.size).toBe(0);
});

test('a channel that is stuck does not hold up another', async () => {
  const outbox = makeOutbox((item) => item.channel === 'stuck' ? new Promise(() => undefined) : Promise.resolve(ackOf(item)));
  outbox.open();
  void outbox.publish(entry('stuck', 1));
  expect(await outbox.publish(entry('free', 1))).toMatchObject({ channel: 'free' });
});

test('nothing is sent without a connection', async () => {
  const sent: unknown[] = [];
  const outbox = makeOutbox((item) => { sent.push(item.data); return Promise.resolve(ackOf(item)); });
  const acked = outbox.publish(entry('a', 1));
  await Promise.resolve();
  expect(sent).toEqual([]);
  outbox.open();
  await acked;
  expect(sent).toEqual([1]);
});

test('what was under way when a connection broke is sent separately', async () => {
  const separately: boolean[] = [];
  const outbox = makeOutbox((item, alone) => {
    separately.push(alone);
    return alone ? Promise.resolve(ackOf(item)) : Promise.reject(lost);
  });
  outbox.open();
  await outbox.publish(entry('a', 1));
  expect(separately).toEqual([false, true]);
});

test('one message too many is rejected', async () => {
  const outbox = makeOutbox((item) => Promise.resolve(ackOf(item)), { limit: 2 });
  const kept = [outbox.publish(entry('a', 1)), outbox.publish(entry('a', 2))];
  await expect(outbox.publish(entry('a', 3))).rejects.toMatchObject({ code: 'outbox-full' });
  outbox.open();
  await Promise.all(kept);
  expect((await outbox.publish(entry('a', 4))).id).toBe('a-4');
});

test('a refusal of the client rejects all, and what an earlier client left is reported', async () => {
  const errors: ClientError[] = [];
  const storage: OutboxStorage = { load: () => [entry('old', 1)], add: () => undefined, remove: () => undefined };
  const outbox = makeOutbox((item) => Promise.resolve(ackOf(item)), { storage, errors });
  const waiting = outbox.publish(entry('a', 1));
  await until('both to be there', () => outbox.size === 2, () => outbox.size);
  const refusal = new RealtimeError('refused', 'no');
  outbox.refuse(refusal);
  await expect(waiting).rejects.toBe(refusal);
  await expect(outbox.publish(entry('a', 2))).rejects.toBe(refusal);
  expect(errors).toMatchObject([{ context: 'publish', channel: 'old', error: refusal }]);
});

test('a storage that fails rejects the publish', async () => {
  const storage: OutboxStorage = { load: () => [], add: () => { throw new Error('quota'); }, remove: () => undefined };
  const outbox = makeOutbox((item) => Promise.resolve(ackOf(item)), { storage });
  await expect(outbox.publish(entry('a', 1))).rejects.toThrow('quota');
  expect(outbox.size).toBe(0);
});

test('localStorage keeps what was not acknowledged, in order, over a reload', async () => {
  const store = new FakeStorage();
  store.setItem('something else', 'x');
  const before = makeOutbox(() => Promise.reject(lost), { storage: new LocalStorageOutbox('mine', store) });
  for (const value of range(1, 12)) void before.publish(entry(value % 2 === 0 ? 'even' : 'odd', value));
  await until('all to be kept', () => store.length === 13, () => store.length);
  const sent: unknown[] = [];
  const after = makeOutbox((item) => { sent.push(item.data); return Promise.resolve(ackOf(item)); }, { storage: new LocalStorageOutbox('mine', store) });
  after.open();
  after.load();
  await until('all to be sent', () => sent.length === 12 && store.length === 1, () => sent);
  expect(sent.filter((value) => Number(value) % 2 === 0)).toEqual([2, 4, 6, 8, 10, 12]);
  expect(sent.filter((value) => Number(value) % 2 === 1)).toEqual([1, 3, 5, 7, 9, 11]);
  expect(store.getItem('something else')).toBe('x');
});
