import type { PollAnswer } from '../api.js';
import { sleep } from '../environment.js';
import { join, needsJoin, startingCursor } from '../join.js';
import type { TransportName } from '../types.js';
import { aborted, untilChange, type Ending, type Link, type Transport } from './transport.js';

const pageSize = 500;
/** What an answer may take beyond the time that the server may hold it. */
const marginMs = 10_000;
/** An empty answer that comes sooner than this was not held: the pause keeps a broken proxy from causing a storm. */
const minimumEmptyPollMs = 250;

/** How one kind of polling differs from the other. */
export interface PollPolicy {
  readonly name: TransportName;
  /** How long the server may hold a poll, in seconds. */
  waitSeconds(link: Link): number;
  /** How long to pause before the next poll. */
  pauseMs(link: Link, turn: Turn): number;
}

/** A poll that was answered. */
export interface Turn {
  readonly answer: PollAnswer;
  readonly tookMs: number;
  /** The first of a connection, which was not held. */
  readonly isProbe: boolean;
}

/** Asks, handles the answer, asks again from the new cursor. A lost answer is harmless: the cursor did not move. */
export class PollTransport implements Transport {
  readonly #policy: PollPolicy;

  constructor(policy: PollPolicy) {
    this.#policy = policy;
  }

  get name(): TransportName {
    return this.#policy.name;
  }

  async run(link: Link): Promise<Ending> {
    // The first poll is not held, so that its answer proves at once that polls get through.
    let isProbe = true;
    while (!link.signal.aborted) {
      const turn = untilChange(link, ['channels']);
      try {
        const answer = await this.#poll(link, turn.signal, isProbe ? 0 : this.#policy.waitSeconds(link));
        if (answer === null) continue;
        await this.#pause(link, { ...answer, isProbe });
        isProbe = false;
      } catch (error) {
        // A change of channels ends the poll; the next one goes on from the cursor.
        if (!turn.signal.aborted) throw error;
      } finally {
        turn.release();
      }
    }
    return { kind: 'closed' };
  }

  /** One poll and the handling of its answer; null when there was nothing to ask or the channels changed. */
  async #poll(link: Link, signal: AbortSignal, waitSeconds: number): Promise<Omit<Turn, 'isProbe'> | null> {
    const { delivery, subscriptions, environment } = link;
    if (subscriptions.entries.length === 0) {
      link.parked();
      await aborted(signal);
      return null;
    }
    if (needsJoin(delivery, subscriptions.entries)) await join(link, signal);
    if (signal.aborted) return null;
    const entries = subscriptions.entries;
    const began = environment.now();
    const channels = entries.map((entry) => entry.channel);
    const request = { channels, cursor: startingCursor(delivery, entries), waitSeconds, limit: pageSize };
    const answer = await link.api.poll(request, signal, waitSeconds * 1000 + marginMs);
    const tookMs = environment.now() - began;
    link.proven();
    await link.deliver({ ...answer, joins: answer.cursor === null ? [] : entries });
    return { answer, tookMs };
  }

  async #pause(link: Link, turn: Turn): Promise<void> {
    const pauseMs = this.#policy.pauseMs(link, turn);
    if (pauseMs <= 0) return;
    const pause = untilChange(link, ['channels', 'interval']);
    await sleep(link.environment, pauseMs, pause.signal);
    pause.release();
  }
}

/** The server holds each poll until there is something to tell. */
export function longPoll(): Transport {
  return new PollTransport({
    name: 'long-poll',
    waitSeconds: (link) => Math.max(1, Math.round(Math.min(link.limits.longPollWaitMs, 55_000) / 1000)),
    pauseMs(_, { answer: { messages, signals, gaps, nextInMs }, tookMs, isProbe }) {
      if (isProbe) return 0;
      const isEmpty = messages.length + signals.length + gaps.length === 0;
      return Math.max(nextInMs ?? 0, isEmpty && tookMs < minimumEmptyPollMs ? minimumEmptyPollMs : 0);
    },
  });
}
