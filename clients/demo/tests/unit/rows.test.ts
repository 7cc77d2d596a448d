import { describe, expect, it } from 'vitest';
import type { Outgoing } from '../../src/chat/model/outbox.js';
import { dateLabel, layOut, type Row, type RowOptions } from '../../src/chat/model/rows.js';
import { Timeline } from '../../src/chat/model/timeline.js';
import { noon, wire, wires } from './messages.js';

function rowsOf(messages: ReturnType<typeof wire>[], options: RowOptions = { me: 'me' }, outgoing: Outgoing[] = []): Row[] {
  const timeline = new Timeline();
  for (const message of messages) timeline.addLive(message);
  return layOut(timeline.items(), outgoing, options);
}

const starts = (rows: readonly Row[]): boolean[] => rows.flatMap((row) => (row.kind === 'message' ? [row.starts] : []));
const kinds = (rows: readonly Row[]): string[] => rows.map((row) => (row.kind === 'message' ? row.message.user : row.kind));

describe('layOut', () => {
  it('groups messages of one author', () => {
    expect(starts(rowsOf([wire(1, 'a'), wire(2, 'a'), wire(3, 'b'), wire(4, 'a')]))).toEqual([true, false, true, true]);
  });

  it('starts a new group after a pause', () => {
    const late = { ...wire(2, 'a'), time: new Date(noon + 6 * 60_000).toISOString() };
    expect(starts(rowsOf([wire(1, 'a'), late]))).toEqual([true, true]);
  });

  it('separates days and starts a group after the line', () => {
    const tomorrow = { ...wire(2, 'a'), time: new Date(noon + 24 * 3_600_000).toISOString() };
    expect(kinds(rowsOf([wire(1, 'a'), tomorrow]))).toEqual(['date', 'a', 'date', 'a']);
  });

  it('puts the line for new messages before the first unread one of somebody else', () => {
    const messages = [wire(1, 'a'), wire(2, 'me'), wire(3, 'a'), wire(4, 'a')];
    expect(kinds(rowsOf(messages, { me: 'me', readUpTo: 1 }))).toEqual(['date', 'a', 'me', 'unread', 'a', 'a']);
    expect(kinds(rowsOf(messages, { me: 'me', readUpTo: 4 }))).not.toContain('unread');
  });

  it('shows what is being sent at the end, as the person’s own', () => {
    const outgoing: Outgoing = { id: 'new', channel: 'room:x', data: { text: 'hi', via: 'sse' }, time: noon + 5_000, state: 'sending' };
    const row = rowsOf([wire(1, 'a')], { me: 'me' }, [outgoing]).at(-1);
    expect(row).toMatchObject({ kind: 'message', key: 'new', mine: true, starts: true, outgoing: { state: 'sending' }, message: { via: 'sse' } });
  });

  it('gives every row a key of its own, also when an id comes again', () => {
    const again = { ...wire(3, 'a'), id: 'id-1' };
    const keys = rowsOf([...wires(1, 2, 'a'), again]).map((row) => row.key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('dateLabel', () => {
  it('says today and yesterday, and otherwise the date', () => {
    const day = 24 * 3_600_000;
    expect(dateLabel(noon, noon)).toBe('Today');
    expect(dateLabel(noon - day, noon)).toBe('Yesterday');
    expect(dateLabel(noon - 2 * day, noon, 'en-GB')).toBe('Monday 2 March');
    expect(dateLabel(noon - 400 * day, noon, 'en-GB')).toMatch(/2025$/);
  });
});
