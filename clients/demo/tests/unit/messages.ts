import type { WireMessage } from '../../src/chat/model/message.js';

/** Noon of a fixed day; message n is n seconds later. */
export const noon = Date.parse('2026-03-04T12:00:00.000Z');

export function wire(offset: number, user = 'alice', text = `message ${offset}`): WireMessage & { offset: number } {
  return { offset, id: `id-${offset}`, user, time: new Date(noon + offset * 1_000).toISOString(), data: { text } };
}

export function wires(from: number, to: number, user?: string): (WireMessage & { offset: number })[] {
  return Array.from({ length: to - from + 1 }, (_, index) => wire(from + index, user));
}
