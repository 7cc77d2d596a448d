/** What a client does after a WebSocket was closed. */
export type CloseAdvice =
  /** Come back, after the usual backoff. */
  | 'reconnect'
  /** Come back, but late: the server has too much to do. */
  | 'back-off'
  /** Stay away: the server would refuse again. */
  | 'give-up';

/** A close code of the protocol. */
export interface CloseReason {
  readonly code: number;
  readonly name: string;
  readonly advice: CloseAdvice;
  /** For a person to read. */
  readonly text: string;
}

/** The close codes that the protocol names. */
export const closeReasons: readonly CloseReason[] = [
  { code: 1001, name: 'going-away', advice: 'reconnect', text: 'the server is going away' },
  { code: 1008, name: 'refused', advice: 'give-up', text: 'the server refused the connection' },
  { code: 1009, name: 'too-large', advice: 'reconnect', text: 'a frame was too large' },
  { code: 1012, name: 'restart', advice: 'reconnect', text: 'the server is restarting' },
  { code: 1013, name: 'overloaded', advice: 'back-off', text: 'the server is overloaded' },
];

/**
 * What to do after a close code, known or not. Codes that are not in the catalogue are judged by their range, so that a
 * client treats the codes of a newer server correctly: of an application's own, 3500–3999 and 4500–4999 mean stay away;
 * every other one may come back.
 */
export function closeReason(code: number): CloseReason {
  const known = closeReasons.find((reason) => reason.code === code);
  if (known !== undefined) return known;
  const giveUp = (code >= 3500 && code < 4000) || (code >= 4500 && code < 5000);
  return {
    code,
    name: 'unknown',
    advice: giveUp ? 'give-up' : 'reconnect',
    text: code === 1006 ? 'the connection broke' : `the connection was closed with code ${code}`,
  };
}
