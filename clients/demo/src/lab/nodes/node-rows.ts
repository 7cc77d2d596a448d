import { bytes, count, nothing } from '../model/format.js';
import type { NodesAnswer, SeenNode } from './types.js';

export type Tone = 'good' | 'warn' | 'bad';

export interface NodeState {
  readonly text: string;
  readonly tone: Tone;
}

/** The hops of a message, in its order, with what waits at each. */
export const hops: readonly { readonly title: string; readonly hint: string; readonly text: (node: SeenNode) => string }[] = [
  { title: 'Publishers waiting', hint: 'Messages that wait to be committed', text: ({ status }) => count(status.publishersWaiting) },
  { title: 'Frames to send', hint: 'Frames that wait to be sent to the broker, and those that it has yet to confirm', text: ({ status }) => `${count(status.sendWaiting)} + ${count(status.sendUnconfirmed)}` },
  { title: 'At the broker', hint: 'Frames in this node’s queue at the broker', text: ({ status }) => status.queueDepth === null ? nothing : count(status.queueDepth) },
  { title: 'Held here', hint: 'Frames that were pushed to this node and are not taken yet', text: ({ status }) => `${count(status.unacknowledged)} (${bytes(status.unacknowledgedBytes)})` },
  { title: 'Readers behind', hint: 'Messages by which sessions are behind, all together and the most that one is', text: ({ status }) => `${count(status.lagTotal)} (most ${count(status.lagMax)})` },
  { title: 'Sockets waiting', hint: 'Connections whose last write the network has not taken, of all', text: ({ status }) => `${count(status.socketsWaiting)} of ${count(status.sessions)}` },
  { title: 'Memory', hint: 'Memory of the process', text: ({ status }) => bytes(status.memoryBytes) },
];

/** What to say of a node in two words, the worst first. */
export function stateOf({ isSilent, ageMs, status }: SeenNode): NodeState {
  if (isSilent) return { text: `silent for ${Math.round(ageMs / 1_000)} s`, tone: 'bad' };
  if (!status.connected) return { text: 'no broker, pulling', tone: 'bad' };
  if (status.blocked) return { text: 'broker blocks publishers', tone: 'bad' };
  if (status.refusing) return { text: 'refusing publishes', tone: 'bad' };
  if (status.pulling) return { text: 'pulling from the store', tone: 'warn' };
  if (status.slowdownMs > 0) return { text: `slowed by ${status.slowdownMs.toFixed(0)} ms a frame`, tone: 'warn' };
  return { text: 'connected', tone: 'good' };
}

/** The deployment in a sentence. */
export function deploymentText({ backbone, nodes }: NodesAnswer): string {
  if (backbone === 'inprocess') return 'This server is a single node: messages reach their readers inside the process, so there is no hop between nodes to watch.';
  const how = { 'rabbitmq': 'RabbitMQ pushes frames to them', 'rabbitmq-stream': 'they read a RabbitMQ stream', 'redis': 'Redis passes frames on' }[backbone] ?? `joined by ${backbone}`;
  return nodes.length === 1 ? `One node so far; ${how.replace('them', 'it').replace('they read', 'it reads')}.` : `${nodes.length} nodes; ${how}.`;
}
