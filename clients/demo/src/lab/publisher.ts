import { RealtimeClient } from '@realtime/sdk';
import { demoToken } from '../common/tokens.js';
import type { LabMessage } from './model/lab-message.js';
import { now } from './model/lab-message.js';
import type { Ledger } from './model/ledger.js';

/** So many characters that a message is about as long as one that somebody writes. */
const text = 'The quick brown fox jumps over the lazy dog, again and again.';

/** After a stall (a busy page, a sleeping machine) no more than this much is made up for. */
const catchUpMs = 1_000;

export interface PublisherOptions {
  readonly channel: string;
  readonly user: string;
  readonly ledger: Ledger;
}

/** Publishes at a steady pace, by schedule: a late timer sends what was due and each message says when it was. */
export class Publisher {
  readonly #client: RealtimeClient;
  readonly #options: PublisherOptions;
  #rate = 1;
  #next = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #acknowledged = 0;
  #failed = 0;
  #due = 0;
  #problem: string | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#client = new RealtimeClient({ url: location.origin, token: () => demoToken(options.user) });
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** Messages that the server has stored. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Why a message was refused, the last time that one was. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** How far acknowledgements are behind the schedule: what the server, or the way to it, can't take at this pace. */
  get behindMs(): number {
    return ((this.#due - this.#acknowledged - this.#failed) * 1_000) / this.#rate;
  }

  async connect(): Promise<void> {
    await this.#client.start();
  }

  /** Messages per second. Takes effect with the next message. */
  setRate(rate: number): void {
    this.#rate = rate;
    if (!this.running) return;
    this.#next = Math.min(this.#next, now() + 1_000 / rate);
    this.#arm();
  }

  start(): void {
    if (this.running) return;
    this.#next = now();
    this.#arm();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async stop(): Promise<void> {
    this.pause();
    await this.#client.stop();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.#sendDue(); }, Math.max(0, this.#next - now()));
  }

  #sendDue(): void {
    const time = now();
    this.#next = Math.max(this.#next, time - catchUpMs);
    while (this.#next <= time) {
      this.#publish(this.#next);
      this.#next += 1_000 / this.#rate;
    }
    this.#arm();
  }

  #publish(sentAt: number): void {
    const data: LabMessage = { sentAt, text };
    this.#due++;
    this.#client.publish(this.#options.channel, data, { type: 'lab' }).then(
      ({ offset }) => {
        this.#acknowledged++;
        this.#options.ledger.note(offset, sentAt);
      },
      (error: unknown) => {
        this.#failed++;
        this.#problem = error instanceof Error ? error.message : String(error);
      });
  }
}
