import { count, duration, percent, ratio } from './format.js';
import type { LaneSummary } from './summary.js';

export interface Verdict {
  readonly tone: 'quiet' | 'good' | 'bad';
  /** What a person needs to know first: did everything arrive. */
  readonly headline: string;
  /** What it felt like and what it cost. */
  readonly detail: string;
}

/** Fewer messages than this say nothing about typical cost. */
const enough = 5;

/** Puts a lane's numbers into words. `all` holds every lane, to compare with the leanest. */
export function judge(lane: LaneSummary, all: readonly LaneSummary[]): Verdict {
  if (lane.delivered === 0 && lane.missing === 0) {
    return { tone: 'quiet', headline: 'Waiting for the first message.', detail: '' };
  }
  const faults = faultsOf(lane);
  const headline = faults === '' ? `All ${count(lane.delivered)} messages, once and in order.` : faults;
  if (lane.delivered < enough) return { tone: faults === '' ? 'good' : 'bad', headline, detail: 'Too few to judge the cost yet.' };
  return { tone: faults === '' ? 'good' : 'bad', headline, detail: `${speed(lane)} ${cost(lane, all)}` };
}

function faultsOf(lane: LaneSummary): string {
  const faults = [
    lane.missing > 0 && `${count(lane.missing)} missing`,
    lane.repeated > 0 && `${count(lane.repeated)} repeated`,
    lane.outOfOrder > 0 && `${count(lane.outOfOrder)} out of order`,
  ].filter((fault) => fault !== false);
  return faults.length === 0 ? '' : `Not as promised: ${faults.join(', ')}.`;
}

function speed(lane: LaneSummary): string {
  const typical = lane.latencyP50 ?? 0;
  if (typical < 100) return `On screen at once: half of them within ${duration(typical)}.`;
  if (typical < 600) return `On screen quickly: half of them within ${duration(typical)}.`;
  return `A message waits ${duration(typical)} as a rule, ${duration(lane.latencyMax)} at worst.`;
}

function cost(lane: LaneSummary, all: readonly LaneSummary[]): string {
  const requests = lane.requestsPerMessage ?? 0;
  const emptyShare = lane.requests === 0 ? 0 : lane.emptyAnswers / lane.requests;
  const bytes = bytesShare(lane, all);
  if (requests < 0.2) return `Hardly any requests${bytes}.`;
  if (emptyShare > 0.5) return `${ratio(requests)} requests per message, and ${percent(emptyShare)} of them for nothing${bytes}.`;
  if (requests < 0.8) return `One request brings ${ratio(1 / requests)} messages${bytes}.`;
  return requests < 1.3 ? `About one request per message${bytes}.` : `${ratio(requests)} requests per message${bytes}.`;
}

/** How many times the bytes of the leanest lane, where that is worth a word. */
function bytesShare(lane: LaneSummary, all: readonly LaneSummary[]): string {
  const own = bytesPerMessage(lane);
  const leanest = Math.min(...all.filter((other) => other.delivered >= enough).map(bytesPerMessage));
  if (!Number.isFinite(leanest) || leanest === 0) return '';
  const times = own / leanest;
  return times < 1.15 ? ', and the fewest bytes' : `, and ${ratio(times)} × the bytes of the leanest`;
}

function bytesPerMessage(lane: LaneSummary): number {
  return (lane.bytesUpPerMessage ?? 0) + (lane.bytesDownPerMessage ?? 0);
}
