import { bytes, count, duration, nothing } from '../model/format.js';
import type { BrokerResult, PhaseResult } from './types.js';

export interface RunColumn {
  readonly title: string;
  readonly hint: string;
  readonly text: (slow: PhaseResult | undefined, result: BrokerResult) => string;
  /** Whether the number says that something was refused or went wrong. */
  readonly bad?: (slow: PhaseResult | undefined, result: BrokerResult) => boolean;
}

/** What a run is told by: all about the time in which one node was slow, unless they say something else. */
export const runColumns: readonly RunColumn[] = [
  { title: 'Publishes', hint: 'Acknowledged in a second', text: (slow) => slow ? `${count(slow.acceptedPerSecond)}/s` : nothing },
  { title: 'Refused', hint: 'Refused in a second, as a client is by 503', text: (slow) => slow ? `${count(slow.refusedPerSecond)}/s` : nothing, bad: (slow) => (slow?.refusedPerSecond ?? 0) >= 1 },
  { title: 'Publish p99', hint: 'From the time at which a publish was due to its acknowledgement', text: (slow) => duration(slow?.publish?.p99) },
  { title: 'Fast node p50 / p99', hint: 'From there to delivery', text: (slow) => `${duration(slow?.fast?.p50)} / ${duration(slow?.fast?.p99)}` },
  { title: 'Slow node p50 / p99', hint: 'From there to delivery', text: (slow) => `${duration(slow?.slow?.p50)} / ${duration(slow?.slow?.p99)}` },
  { title: 'Behind, most', hint: 'Messages by which the slow node was behind', text: (slow) => count(slow?.slowLagMax) },
  { title: 'Held in memory, most', hint: 'Frames that were pushed to the slow node and not taken yet', text: (slow) => slow ? `${count(slow.unacknowledgedMax)} (${bytes(slow.unacknowledgedBytesMax)})` : nothing },
  { title: 'At the broker, most', hint: 'Frames that waited in its queue', text: (slow) => count(slow?.queueDepthMax) },
  { title: 'Missed, pulled', hint: 'Frames that never came, whose messages were pulled from the store', text: (_slow, { phases }) => count(phases.reduce((sum, phase) => sum + phase.framesMissed, 0)) },
  { title: 'Caught up in', hint: 'From the moment at which it was fast again', text: (_slow, { caughtUpSeconds }) => duration(caughtUpSeconds === undefined ? undefined : caughtUpSeconds * 1_000) },
  { title: 'Checks', hint: 'What the result was held to', text: (_slow, result) => verdict(result), bad: (_slow, { checks }) => checks.some((check) => check.outcome === 'Failed') },
];

export function slowPhase(result: BrokerResult): PhaseResult | undefined {
  return result.phases.find((phase) => phase.phase === 'slow');
}

/** The checks in a few words. */
export function verdict({ checks }: BrokerResult): string {
  const failed = checks.filter((check) => check.outcome === 'Failed').length;
  const warned = checks.filter((check) => check.outcome === 'Warning').length;
  if (failed > 0) return `${failed} failed`;
  return warned > 0 ? 'with care' : 'passed';
}

/** What did not pass. */
export function remarks({ checks }: BrokerResult): string {
  return checks.filter((check) => check.outcome !== 'Passed').map((check) => `not so: “${check.name}” (${check.detail})`).join('; ');
}
