import { describe, expect, it } from 'vitest';
import { Timeline, type TimelineItem } from '../../src/chat/model/timeline.js';
import { wire, wires } from './messages.js';

const page = (from: number, to: number, first = 1, epoch = 'e1', head = to) => ({ epoch, first, head, messages: wires(from, to) });

/** Offsets, and what stands between them. */
function shape(items: readonly TimelineItem[]): (number | string)[] {
  return items.map((item) => {
    switch (item.kind) {
      case 'message': return item.message.offset;
      case 'hole':
      case 'trimmed': return `${item.kind} ${item.range.from}-${item.range.to}`;
      case 'beginning': return item.trimmed ? 'beginning, trimmed' : 'beginning';
      default: return item.kind;
    }
  });
}

describe('Timeline', () => {
  it('merges a page with what the stream has brought meanwhile, each message once and in order', () => {
    const timeline = new Timeline();
    timeline.addLive(wire(4));
    timeline.addLive(wire(5));
    expect(timeline.addPage(page(2, 5)).map((message) => message.offset)).toEqual([2, 3]);
    expect(timeline.addLive(wire(5))).toBeUndefined();
    timeline.addLive(wire(6));
    expect(shape(timeline.items())).toEqual([2, 3, 4, 5, 6]);
  });

  it('knows the beginning once a page has reached it', () => {
    const timeline = new Timeline();
    timeline.addPage(page(51, 100));
    expect(timeline.complete).toBe(false);
    timeline.addPage(page(1, 50, 1, 'e1', 100));
    expect(timeline.complete).toBe(true);
    expect(shape(timeline.items()).slice(0, 2)).toEqual(['beginning', 1]);
  });

  it('shows an empty room as complete', () => {
    const timeline = new Timeline();
    timeline.addPage({ epoch: 'e1', first: 1, head: 0, messages: [] });
    expect(shape(timeline.items())).toEqual(['beginning']);
  });

  it('says at the beginning that older messages were trimmed', () => {
    const timeline = new Timeline();
    timeline.addPage(page(90, 92, 90));
    expect(shape(timeline.items())).toEqual(['beginning, trimmed', 90, 91, 92]);
  });

  it('shows what is missing between messages, and takes it in when it is loaded', () => {
    const timeline = new Timeline();
    timeline.addPage(page(1, 2));
    timeline.addLive(wire(6));
    expect(shape(timeline.items())).toEqual(['beginning', 1, 2, 'hole 3-5', 6]);
    timeline.addPage(page(3, 5, 1, 'e1', 6));
    expect(shape(timeline.items())).toEqual(['beginning', 1, 2, 3, 4, 5, 6]);
  });

  it('tells what a trim took from what can still be loaded', () => {
    const timeline = new Timeline();
    timeline.addPage(page(1, 2));
    timeline.addGap({ epoch: 'e1', requested: 3, first: 90, head: 120, reason: 'trimmed' });
    timeline.addLive(wire(95));
    expect(shape(timeline.items())).toEqual(['beginning', 1, 2, 'trimmed 3-89', 'hole 90-94', 95]);
  });

  it('begins anew after the epoch has changed, and keeps what was on screen', () => {
    const timeline = new Timeline();
    timeline.addPage(page(1, 3));
    timeline.addGap({ epoch: 'e2', requested: 4, first: 1, head: 1, reason: 'epoch' });
    timeline.addLive(wire(1));
    expect(shape(timeline.items())).toEqual(['beginning', 1, 2, 3, 'restarted', 1]);
    expect(timeline.complete).toBe(true);
    timeline.addPage(page(1, 1, 1, 'e2'));
    expect(timeline.size).toBe(4);
  });

  it('frees old messages and then has a beginning to load again', () => {
    const timeline = new Timeline();
    timeline.addPage(page(1, 100));
    timeline.trim(40);
    expect([timeline.oldest, timeline.newest, timeline.complete]).toEqual([61, 100, false]);
    timeline.addPage(page(11, 60, 1, 'e1', 100));
    expect(timeline.oldest).toBe(11);
  });

  it.each(Array.from({ length: 20 }, (_, seed) => seed + 1))('ends up the same in whatever order parts arrive (seed %i)', (seed) => {
    const timeline = new Timeline();
    const parts = [wires(1, 40), wires(30, 60), wires(55, 80), ...wires(75, 90).map((message) => [message])];
    for (const part of shuffled(parts, seed)) timeline.addPage({ epoch: 'e1', first: 1, head: 90, messages: part });
    expect(shape(timeline.items())).toEqual(['beginning', ...wires(1, 90).map((message) => message.offset)]);
  });
});

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = seed;
  for (let index = result.length - 1; index > 0; index--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const other = state % (index + 1);
    [result[index], result[other]] = [result[other] as T, result[index] as T];
  }
  return result;
}
