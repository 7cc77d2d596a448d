import { PollTransport } from './long-poll.js';
import type { Transport } from './transport.js';

/** Long polling without the wait: asks, and pauses between the answers. */
export function shortPoll(): Transport {
  return new PollTransport({
    name: 'short-poll',
    waitSeconds: () => 0,
    pauseMs(link, { answer }) {
      // The server says 0 when the answer was a part and the rest can be had at once.
      if (answer.nextInMs === 0 && answer.messages.length > 0) return 0;
      return Math.max(link.limits.pollIntervalMs, answer.nextInMs ?? 0);
    },
  });
}
