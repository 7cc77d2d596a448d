import { describe, expect, it } from 'vitest';
import { deploymentText, hops, stateOf } from '../../src/lab/nodes/node-rows.js';
import { remarks, runColumns, slowPhase, verdict } from '../../src/lab/nodes/run-columns.js';
import type { BrokerResult, NodeStatus, SeenNode } from '../../src/lab/nodes/types.js';

const status: NodeStatus = {
  name: 'a', sessions: 3, socketsWaiting: 1, lagTotal: 12, lagMax: 7, publishersWaiting: 2, sendWaiting: 4, sendUnconfirmed: 5, refusing: false,
  connected: true, blocked: false, unacknowledged: 6, unacknowledgedBytes: 2_048, queueDepth: null, pulling: false, slowdownMs: 0, memoryBytes: 1_048_576,
};
const node = (changes: Partial<NodeStatus> = {}, isSilent = false): SeenNode => ({ isSelf: true, isSilent, ageMs: 7_400, status: { ...status, ...changes } });

describe('a node', () => {
  it('is told by the worst that is known of it', () => {
    expect(stateOf(node())).toEqual({ text: 'connected', tone: 'good' });
    expect(stateOf(node({ slowdownMs: 10 })).tone).toBe('warn');
    expect(stateOf(node({ pulling: true, slowdownMs: 10 })).text).toBe('pulling from the store');
    expect(stateOf(node({ refusing: true, pulling: true })).text).toBe('refusing publishes');
    expect(stateOf(node({ blocked: true, refusing: true })).text).toBe('broker blocks publishers');
    expect(stateOf(node({ connected: false, pulling: true })).text).toBe('no broker, pulling');
    expect(stateOf(node({ connected: false }, true)).text).toBe('silent for 7 s');
  });

  it('shows what waits at every hop', () => {
    expect(hops.map(({ text }) => text(node()))).toEqual(['2', '4 + 5', '–', '6 (2.0 KB)', '12 (most 7)', '1 of 3', '1.0 MB']);
    expect(hops[2]?.text(node({ queueDepth: 0 }))).toBe('0');
  });
});

describe('a deployment', () => {
  it('is one sentence', () => {
    expect(deploymentText({ backbone: 'inprocess', nodes: [node()] })).toMatch(/^This server is a single node/);
    expect(deploymentText({ backbone: 'rabbitmq', nodes: [node(), node()] })).toBe('2 nodes; RabbitMQ pushes frames to them.');
    expect(deploymentText({ backbone: 'rabbitmq-stream', nodes: [node()] })).toBe('One node so far; it reads a RabbitMQ stream.');
  });
});

describe('a run', () => {
  const result: BrokerResult = {
    settings: { mode: 'push-1' }, title: 'Push', accepted: 10, refused: 3, caughtUpSeconds: 1.5,
    phases: [
      { phase: 'slow', acceptedPerSecond: 900, refusedPerSecond: 100, slow: { p50: 1, p99: 2_000 }, slowLagMax: 5, unacknowledgedMax: 1, unacknowledgedBytesMax: 300, framesMissed: 2 },
      { phase: 'recovery', acceptedPerSecond: 1_000, refusedPerSecond: 0, slowLagMax: 5, unacknowledgedMax: 1, unacknowledgedBytesMax: 300, framesMissed: 3 },
    ],
    checks: [{ name: 'a', outcome: 'Passed', detail: '' }, { name: 'b', outcome: 'Warning', detail: 'late' }],
  };

  it('is told by the time in which a node was slow, and by what came after', () => {
    const texts = Object.fromEntries(runColumns.map(({ title, text }) => [title, text(slowPhase(result), result)]));
    expect(texts).toMatchObject({
      'Publishes': '900/s', 'Refused': '100/s', 'Publish p99': '–', 'Slow node p50 / p99': '1.0 ms / 2.00 s', 'Held in memory, most': '1 (300 B)',
      'At the broker, most': '–', 'Missed, pulled': '5', 'Caught up in': '1.50 s', 'Checks': 'with care',
    });
    expect(remarks(result)).toBe('not so: “b” (late)');
  });

  it('says that a check failed', () => {
    expect(verdict({ ...result, checks: [...result.checks, { name: 'c', outcome: 'Failed', detail: '' }] })).toBe('1 failed');
    expect(slowPhase({ ...result, phases: [] })).toBeUndefined();
  });
});
