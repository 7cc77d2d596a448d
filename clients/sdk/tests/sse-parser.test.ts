import { expect, test } from 'vitest';
import { SseParser, type SseEvent } from '../src/transports/sse-parser.js';

const stream = [
  'retry: 1500', 'event: ready', 'data: {"cursor":"c0"}', '',
  ': a comment', 'event:ping', 'data:{}', '',
  'id: c1', 'data: first line', 'data:  second line, héllo 🎈', '',
  'event: nothing', '',
  'id', 'data', '', '',
].join('\n');

const expected: readonly SseEvent[] = [
  { event: 'ready', data: '{"cursor":"c0"}', id: null },
  { event: 'ping', data: '{}', id: null },
  { event: 'message', data: 'first line\n second line, héllo 🎈', id: 'c1' },
  { event: 'message', data: '', id: '' },
];

function parse(chunks: readonly Uint8Array[]): { events: SseEvent[]; retryMs: number | null } {
  const parser = new SseParser();
  const parsed = chunks.map((chunk) => parser.push(chunk));
  return {
    events: parsed.flatMap((part) => part.events),
    retryMs: parsed.map((part) => part.retryMs).find((value) => value !== null) ?? null,
  };
}

test.each([['LF', '\n'], ['CR', '\r'], ['CRLF', '\r\n']])('lines may end in %s, and chunks anywhere', (_, lineEnd) => {
  const bytes = new TextEncoder().encode(stream.replaceAll('\n', lineEnd));
  expect(parse([bytes])).toEqual({ events: expected, retryMs: 1500 });
  for (let cut = 1; cut < bytes.length; cut += 1) {
    expect(parse([bytes.slice(0, cut), bytes.slice(cut)]).events).toEqual(expected);
  }
  expect(parse(Array.from(bytes, (byte) => Uint8Array.of(byte))).events).toEqual(expected);
});

test('an event is complete only with its empty line', () => {
  const parser = new SseParser();
  expect(parser.push(new TextEncoder().encode('data: x\n')).events).toEqual([]);
  expect(parser.push(new TextEncoder().encode('\n')).events).toHaveLength(1);
});

test('a retry that is no number is ignored', () => {
  expect(new SseParser().push(new TextEncoder().encode('retry: soon\n\n')).retryMs).toBeNull();
});
