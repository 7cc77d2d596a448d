import type { TransportName } from '@realtime/sdk';

export type { TransportName };

/** The four ways a message can travel, and the choice to let the SDK pick one. Labels are those of the wire protocol. */
export const transportNames = ['websocket', 'sse', 'long-poll', 'short-poll'] as const satisfies readonly TransportName[];
export type TransportChoice = 'auto' | TransportName;

export interface TransportText {
  readonly name: string;
  /** Two letters for a badge, where the full name has no room. */
  readonly badge: string;
  /** One line that tells a person what to expect of it. */
  readonly hint: string;
}

export const transportText: Record<TransportName, TransportText> = {
  'websocket': { name: 'WebSocket', badge: 'WS', hint: 'One open line, both ways. The fastest.' },
  'sse': { name: 'SSE', badge: 'SSE', hint: 'One open response that the server writes to.' },
  'long-poll': { name: 'Long polling', badge: 'LP', hint: 'Asks, and the server answers when there is news.' },
  'short-poll': { name: 'Short polling', badge: 'SP', hint: 'Asks every few seconds. No typing indicator.' },
};

export const autoText: TransportText = {
  name: 'Auto', badge: 'Auto', hint: 'The best that your network lets through.',
};

export function isTransportName(value: unknown): value is TransportName {
  return typeof value === 'string' && (transportNames as readonly string[]).includes(value);
}

export function isTransportChoice(value: unknown): value is TransportChoice {
  return value === 'auto' || isTransportName(value);
}

export function textOf(choice: TransportChoice): TransportText {
  return choice === 'auto' ? autoText : transportText[choice];
}
