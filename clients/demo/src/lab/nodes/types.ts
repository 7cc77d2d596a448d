/** How a node is: `NodeStatus` of the server. */
export interface NodeStatus {
  readonly name: string;
  readonly sessions: number;
  readonly socketsWaiting: number;
  readonly lagTotal: number;
  readonly lagMax: number;
  readonly publishersWaiting: number;
  readonly sendWaiting: number;
  readonly sendUnconfirmed: number;
  readonly refusing: boolean;
  readonly connected: boolean;
  readonly blocked: boolean;
  readonly unacknowledged: number;
  readonly unacknowledgedBytes: number;
  readonly queueDepth: number | null;
  readonly pulling: boolean;
  readonly slowdownMs: number;
  readonly memoryBytes: number;
}

/** A node as the one that was asked sees it. */
export interface SeenNode {
  readonly isSelf: boolean;
  readonly isSilent: boolean;
  readonly ageMs: number;
  readonly status: NodeStatus;
}

export interface NodesAnswer {
  readonly backbone: string;
  readonly nodes: readonly SeenNode[];
}

export interface BrokerMode {
  readonly name: string;
  readonly title: string;
}

export type BrokerPhase = 'normal' | 'slow' | 'recovery' | 'done';

export interface NodeSample {
  readonly p50?: number;
  readonly p99?: number;
  readonly lag: number;
  readonly unacknowledged: number;
  readonly unacknowledgedBytes: number;
  readonly queueDepth?: number;
  readonly pulling: boolean;
}

/** How a run is at one moment. */
export interface BrokerSample {
  readonly seconds: number;
  readonly phase: BrokerPhase;
  readonly acceptedPerSecond: number;
  readonly refusedPerSecond: number;
  readonly publishP99?: number;
  readonly fast: NodeSample;
  readonly slow: NodeSample;
  readonly refusing: boolean;
}

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export interface PhaseResult {
  readonly phase: BrokerPhase;
  readonly acceptedPerSecond: number;
  readonly refusedPerSecond: number;
  readonly publish?: Latency;
  readonly fast?: Latency;
  readonly slow?: Latency;
  readonly slowLagMax: number;
  readonly unacknowledgedMax: number;
  readonly unacknowledgedBytesMax: number;
  readonly queueDepthMax?: number;
  readonly framesMissed: number;
}

/** What one mode came to. */
export interface BrokerResult {
  readonly settings: { readonly mode: string };
  readonly title: string;
  readonly accepted: number;
  readonly refused: number;
  readonly caughtUpSeconds?: number;
  readonly phases: readonly PhaseResult[];
  readonly checks: readonly { readonly name: string; readonly outcome: 'Passed' | 'Warning' | 'Failed'; readonly detail: string }[];
}

/** What the server says during a run: one of three. */
export interface BrokerEvent {
  readonly sample?: BrokerSample;
  readonly result?: BrokerResult;
  readonly problem?: string;
}
