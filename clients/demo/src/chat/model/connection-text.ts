import type { ConnectionState } from '@realtime/sdk';
import { textOf, transportText, type TransportChoice, type TransportName } from '../../common/transports.js';

export interface Connection {
  readonly state: ConnectionState;
  readonly transport: TransportName | null;
  readonly choice: TransportChoice;
  /** When the next try begins, milliseconds since 1970. */
  readonly retryAt?: number | undefined;
  /** Why the state is what it is, in the SDK's or the server's words. */
  readonly reason: string;
  /** Messages that wait to be sent. */
  readonly waiting: number;
  /** What the browser says about the network. */
  readonly online: boolean;
}

export interface ConnectionText {
  readonly text: string;
  /** The same where there is little room. */
  readonly short: string;
  readonly tone: 'good' | 'busy' | 'bad' | 'off';
}

/** Says how the connection is doing in words that need no knowledge of transports or protocols. */
export function describeConnection(connection: Connection, now: number): ConnectionText {
  const { state, transport, choice, waiting } = connection;
  switch (state) {
    case 'connected': {
      const name = transport === null ? textOf(choice).name : transportText[transport].name;
      return { text: `Connected by ${name}`, short: name, tone: 'good' };
    }
    case 'refused': return { text: `Signed out: ${connection.reason}`, short: 'Signed out', tone: 'bad' };
    case 'stopped': return busy('Stopped by you', waiting, 'off');
    case 'idle':
    case 'connecting': return connection.online
      ? busy(choice === 'auto' ? 'Connecting…' : `Connecting by ${textOf(choice).name}…`, waiting)
      : busy('You are offline', waiting, 'bad');
    case 'reconnecting': return connection.online
      ? busy(reconnecting(connection.retryAt, now), waiting)
      : busy('You are offline', waiting, 'bad');
  }
}

function reconnecting(retryAt: number | undefined, now: number): string {
  const seconds = retryAt === undefined ? 0 : Math.ceil((retryAt - now) / 1000);
  return seconds > 0 ? `Reconnecting in ${seconds} s…` : 'Reconnecting…';
}

function busy(text: string, waiting: number, tone: 'busy' | 'bad' | 'off' = 'busy'): ConnectionText {
  if (waiting === 0) return { text, short: text, tone };
  const messages = waiting === 1 ? '1 message waits' : `${waiting} messages wait`;
  return { text: `${text.replace(/…$/, '')}; ${messages} to be sent`, short: text, tone };
}

/** Sentences for the refusals that a person can do something about. */
export function publishProblem(code: string, message: string): string {
  switch (code) {
    case 'too-large': return 'It is larger than the server takes.';
    case 'forbidden': return 'You may not write in this room.';
    case 'rate-limited': return 'You are sending faster than the server allows. Wait a moment.';
    case 'outbox-full': return 'Too many messages already wait to be sent.';
    case 'id-conflict': return 'Another message was sent under the same id.';
    default: return message;
  }
}
