import type { ClientStats, Traffic, TransportName } from './types.js';

const encoder = new TextEncoder();

/** The length of a text in UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** Bytes of a WebSocket frame with this payload: 2, 4 or 10 before it, and 4 more for the mask of a client's frame. */
export function frameLength(payload: number, masked: boolean): number {
  const header = payload < 126 ? 2 : payload < 65_536 ? 4 : 10;
  return header + (masked ? 4 : 0) + payload;
}

/** Bytes of a set of header lines, with the line breaks. */
export function headerLength(headers: Iterable<readonly [string, string]>): number {
  let length = 2;
  for (const [name, value] of headers) length += byteLength(name) + byteLength(value) + 4;
  return length;
}

/** Counts what the client sends and receives. */
export class TrafficMeter {
  readonly stats: { -readonly [K in keyof ClientStats]: ClientStats[K] } = {
    requests: 0, emptyAnswers: 0, bytesUp: 0, bytesDown: 0, connections: 0, messages: 0, reconnects: 0,
  };
  /** The transport in use or being tried. */
  transport: TransportName | null = null;
  readonly #onTraffic: (traffic: Traffic) => void;

  constructor(onTraffic: (traffic: Traffic) => void) {
    this.#onTraffic = onTraffic;
  }

  up(kind: Traffic['kind'], bytes: number): void {
    this.stats.bytesUp += bytes;
    this.#onTraffic({ transport: this.transport, direction: 'up', kind, bytes, empty: false });
  }

  down(kind: Traffic['kind'], bytes: number, empty = false): void {
    this.stats.bytesDown += bytes;
    if (empty) this.stats.emptyAnswers += 1;
    this.#onTraffic({ transport: this.transport, direction: 'down', kind, bytes, empty });
  }
}
