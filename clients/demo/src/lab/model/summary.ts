import type { ClientStats } from '@realtime/sdk';
import type { TransportName } from '../../common/transports.js';
import type { LaneMeter } from './lane-meter.js';
import type { Ledger } from './ledger.js';

/** One lane's result so far. Times are milliseconds; undefined where there is nothing to tell yet. */
export interface LaneSummary {
  readonly transport: TransportName;
  readonly delivered: number;
  readonly missing: number;
  readonly repeated: number;
  readonly outOfOrder: number;
  readonly latencyP50: number | undefined;
  readonly latencyP95: number | undefined;
  readonly latencyMax: number | undefined;
  /** Age of what is on screen, averaged over time. */
  readonly ageMean: number | undefined;
  readonly ageMax: number | undefined;
  readonly requests: number;
  readonly emptyAnswers: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly requestsPerMessage: number | undefined;
  readonly bytesUpPerMessage: number | undefined;
  readonly bytesDownPerMessage: number | undefined;
}

export interface SummaryInput {
  readonly transport: TransportName;
  readonly meter: LaneMeter;
  readonly stats: ClientStats;
  readonly ledger: Ledger;
  readonly now: number;
  /** How long a message may be on its way before it counts as missing. */
  readonly patienceMs: number;
}

export function summarize({ transport, meter, stats, ledger, now, patienceMs }: SummaryInput): LaneSummary {
  const [latencyP50, latencyP95] = meter.latency.percentiles(0.5, 0.95);
  const perMessage = (total: number): number | undefined => (meter.delivered === 0 ? undefined : total / meter.delivered);
  return {
    transport,
    delivered: meter.delivered,
    missing: meter.missing(ledger, now, patienceMs),
    repeated: meter.repeated,
    outOfOrder: meter.outOfOrder,
    latencyP50,
    latencyP95,
    latencyMax: meter.latency.largest,
    ageMean: meter.age.mean,
    ageMax: meter.age.largest,
    requests: stats.requests,
    emptyAnswers: stats.emptyAnswers,
    bytesUp: stats.bytesUp,
    bytesDown: stats.bytesDown,
    requestsPerMessage: perMessage(stats.requests),
    bytesUpPerMessage: perMessage(stats.bytesUp),
    bytesDownPerMessage: perMessage(stats.bytesDown),
  };
}
