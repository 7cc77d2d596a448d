import { isFullPage, PollTransport } from './long-poll.js';
import type { Transport } from './transport.js';

/** Long polling without the wait: asks, and pauses between the answers. */
export function shortPoll(): Transport {
  return new PollTransport({
    name: 'short-poll',
    waitSeconds: () => 0,
    pauseMs(link, { answer }) {
      if (isFullPage(answer)) return answer.nextInMs ?? 0;
      return Math.max(link.limits.pollIntervalMs, answer.nextInMs ?? 0);
    },
  });
}
