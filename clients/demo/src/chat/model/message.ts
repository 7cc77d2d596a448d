import { isTransportName, type TransportName } from '../../common/transports.js';

/** A message as the chat shows it. `offset` is its place in the room; a message that waits to be sent has none yet. */
export interface ChatMessage {
  readonly offset: number;
  readonly id: string;
  readonly user: string;
  /** When the server accepted it, milliseconds since 1970. */
  readonly time: number;
  readonly text: string;
  /** The transport its sender was connected by, where the sender said so. */
  readonly via?: TransportName;
}

/** The fields of a message off the wire that the chat reads. */
export interface WireMessage {
  readonly offset?: number | undefined;
  readonly id: string;
  readonly user: string;
  readonly time: string;
  readonly data: unknown;
}

/** The `data` of a message that this page publishes. */
export interface ChatData {
  readonly text: string;
  readonly via?: TransportName;
}

/** Takes anything that was published into the room: what other programs sent is shown as the JSON that it is. */
export function toChatMessage(message: WireMessage & { readonly offset: number }): ChatMessage {
  const { text, via } = readData(message.data);
  const time = Date.parse(message.time);
  const base = { offset: message.offset, id: message.id, user: message.user, time, text };
  return via === undefined ? base : { ...base, via };
}

function readData(data: unknown): ChatData {
  if (typeof data === 'string') return { text: data };
  if (isRecord(data) && typeof data['text'] === 'string') {
    const via = data['via'];
    return isTransportName(via) ? { text: data['text'], via } : { text: data['text'] };
  }
  return { text: JSON.stringify(data, undefined, 2) };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const encoder = new TextEncoder();

/** Bytes that `data` takes on the wire, which is what the server's limit is about. */
export function sizeOf(data: ChatData): number {
  return encoder.encode(JSON.stringify(data)).length;
}

/** The protocol's default limit of one message's data. */
export const maxMessageBytes = 65_536;
