import { RealtimeError, type RealtimeClient } from '@realtime/sdk';
import { ownTab } from '../common/storage.js';
import { publishProblem } from './model/connection-text.js';
import { isRecord, type ChatData } from './model/message.js';
import { Outgoings, type Outgoing } from './model/outbox.js';

const key = 'outgoing';

/**
 * Sends this tab's messages and shows each until the room's stream has brought it back. What is not stored yet
 * survives a reload of the tab: it is sent again under the same id, so it arrives once.
 */
export class Sender {
  readonly #outgoing = new Outgoings();
  readonly #client: RealtimeClient;
  /** The newest offset on screen in a channel. */
  readonly #newestOf: (channel: string) => number | undefined;
  readonly #changed: (channel: string) => void;

  constructor(client: RealtimeClient, newestOf: (channel: string) => number | undefined, changed: (channel: string) => void) {
    this.#client = client;
    this.#newestOf = newestOf;
    this.#changed = changed;
  }

  /** How many wait to be stored. */
  get waiting(): number {
    return this.#outgoing.waiting;
  }

  of(channel: string): Outgoing[] {
    return this.#outgoing.of(channel);
  }

  /** Goes on with what an earlier life of this tab had not sent. */
  resume(): void {
    const entries = ownTab.get(key);
    for (const entry of Array.isArray(entries) ? entries.filter(isOutgoing) : []) {
      this.#outgoing.add(entry);
      if (entry.state === 'sending') this.#publish(entry);
    }
  }

  send(channel: string, data: ChatData): void {
    const entry: Outgoing = { id: crypto.randomUUID(), channel, data, time: Date.now(), state: 'sending' };
    this.#outgoing.add(entry);
    this.#publish(entry);
    this.#update(channel);
  }

  retry(id: string): void {
    const entry = this.#outgoing.again(id);
    if (!entry) return;
    this.#publish(entry);
    this.#update(entry.channel);
  }

  discard(id: string): void {
    const entry = this.#outgoing.get(id);
    if (!entry) return;
    this.#outgoing.remove(id);
    this.#update(entry.channel);
  }

  /** The stream or a page of history has brought this message. */
  delivered(channel: string, id: string): void {
    if (this.#outgoing.get(id)?.channel !== channel) return;
    this.#outgoing.remove(id);
    this.#update(channel);
  }

  forget(): void {
    ownTab.remove(key);
  }

  #publish(entry: Outgoing): void {
    this.#client.publish(entry.channel, entry.data, { id: entry.id, type: 'chat' }).then(
      (ack) => { this.#outgoing.accepted(entry.id, ack.offset, this.#newestOf(entry.channel)); },
      (error: unknown) => {
        const { code, message } = error instanceof RealtimeError ? error : { code: '', message: String(error) };
        this.#outgoing.failed(entry.id, publishProblem(code, message));
      },
    ).finally(() => { this.#update(entry.channel); });
  }

  #update(channel: string): void {
    ownTab.set(key, this.#outgoing.all().filter((entry) => entry.state !== 'sent'));
    this.#changed(channel);
  }
}

function isOutgoing(value: unknown): value is Outgoing {
  return isRecord(value) && typeof value['id'] === 'string' && typeof value['channel'] === 'string'
    && isRecord(value['data']) && typeof value['data']['text'] === 'string' && typeof value['time'] === 'number'
    && (value['state'] === 'sending' || value['state'] === 'failed');
}
