import type { ConnectionState } from './types.js';

/** The moves that are allowed; each state may also be entered again, which changes nothing but the reason. */
const moves: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  idle: ['connecting', 'stopped'],
  connecting: ['connected', 'reconnecting', 'refused', 'stopped'],
  // Back to `connecting` is a deliberate change of transport.
  connected: ['connecting', 'reconnecting', 'refused', 'stopped'],
  reconnecting: ['connecting', 'connected', 'refused', 'stopped'],
  refused: ['connecting', 'stopped'],
  stopped: ['connecting'],
};

/** Whether a client in one state may enter the other. */
export function mayMove(from: ConnectionState, to: ConnectionState): boolean {
  return from === to || moves[from].includes(to);
}

/** The next state, where the move is allowed; a move that is not is a mistake in this package and throws. */
export function move(from: ConnectionState, to: ConnectionState): ConnectionState {
  if (!mayMove(from, to)) throw new Error(`A client that is ${from} can't become ${to}.`);
  return to;
}
