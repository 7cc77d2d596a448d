import { describe, expect, it } from 'vitest';
import { Columns } from '../../src/lab/model/columns.js';
import { bytes, duration, ratio } from '../../src/lab/model/format.js';
import { LaneMeter } from '../../src/lab/model/lane-meter.js';
import { Ledger } from '../../src/lab/model/ledger.js';
import { Reservoir } from '../../src/lab/model/reservoir.js';
import { ScreenAge } from '../../src/lab/model/screen-age.js';
import { SlidingWindow } from '../../src/lab/model/sliding-window.js';
import type { LaneSummary } from '../../src/lab/model/summary.js';
import { judge } from '../../src/lab/model/verdict.js';

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('SlidingWindow', () => {
  it('gives nearest-rank percentiles of what is recent', () => {
    const window = new SlidingWindow(1_000);
    expect(window.percentiles(0.5)).toEqual([undefined]);
    for (const value of oneTo(100)) window.push(value * 10, value);
    expect(window.percentiles(0.5, 0.95, 1)).toEqual([50, 95, 100]);
    window.prune(1_910);
    expect(window.size).toBe(10);
    expect(window.percentiles(0)).toEqual([91]);
    window.prune(9_000);
    expect(window.size).toBe(0);
  });

  it('is bounded however much comes', () => {
    const window = new SlidingWindow(1_000_000, 100);
    for (const value of oneTo(10_000)) window.push(value, value);
    expect(window.size).toBeLessThanOrEqual(100);
    expect(window.percentiles(1)).toEqual([10_000]);
  });
});

describe('Reservoir', () => {
  it('is exact while it holds everything', () => {
    const reservoir = new Reservoir(1_000);
    for (const value of oneTo(1_000)) reservoir.push(value);
    expect(reservoir.percentiles(0.5, 0.95)).toEqual([500, 950]);
    expect(reservoir.mean).toBe(500.5);
    expect(reservoir.largest).toBe(1_000);
  });

  it('samples fairly beyond that', () => {
    let state = 7;
    const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
    const reservoir = new Reservoir(2_000, random);
    for (const value of oneTo(100_000)) reservoir.push(value);
    expect(reservoir.percentiles(0.5)[0]).toBeGreaterThan(46_000);
    expect(reservoir.percentiles(0.5)[0]).toBeLessThan(54_000);
    expect(reservoir.largest).toBe(100_000);
  });
});

describe('ScreenAge', () => {
  it('averages over time: one message a second, each shown after half a second', () => {
    const age = new ScreenAge();
    expect(age.mean).toBeUndefined();
    for (const second of oneTo(100)) age.shown(second * 1_000, second * 1_000 + 500);
    // A triangle of 500 ms by 500 ms for each message, over 99.5 s.
    expect(age.mean).toBeCloseTo((100 * 500 * 500) / 2 / 99_500, 6);
    expect(age.largest).toBe(500);
  });

  it('counts messages that wait together once', () => {
    const age = new ScreenAge();
    age.shown(0, 1_000);
    age.shown(200, 1_000);
    age.shown(900, 1_000);
    expect(age.mean).toBe(500);
  });
});

describe('LaneMeter', () => {
  const meterOf = (...offsets: number[]): LaneMeter => {
    const meter = new LaneMeter();
    offsets.forEach((offset, index) => { meter.shown(offset, index, index + 10); });
    return meter;
  };
  const ledgerTo = (head: number, sentAt = 0): Ledger => {
    const ledger = new Ledger();
    for (const offset of oneTo(head)) ledger.note(offset, sentAt);
    return ledger;
  };

  it('finds nothing wrong with 1, 2, 3', () => {
    const meter = meterOf(1, 2, 3);
    expect([meter.delivered, meter.repeated, meter.outOfOrder, meter.missing(ledgerTo(3), 0, 1)]).toEqual([3, 0, 0, 0]);
  });

  it('counts repeats, wrong order and holes', () => {
    const meter = meterOf(1, 3, 2, 3, 6);
    expect([meter.delivered, meter.repeated, meter.outOfOrder, meter.missing(ledgerTo(6), 0, 1)]).toEqual([4, 1, 1, 2]);
  });

  it('gives what is on its way time before it is missing', () => {
    const meter = meterOf(1);
    expect(meter.missing(ledgerTo(3), 999, 1_000)).toBe(0);
    expect(meter.missing(ledgerTo(3), 1_000, 1_000)).toBe(2);
  });

  it('knows how old the screen is', () => {
    const meter = meterOf(1, 2);
    expect(meter.ageOfScreen(ledgerTo(2), 5_000)).toBe(0);
    expect(meter.ageOfScreen(ledgerTo(3, 4_000), 5_000)).toBe(1_000);
  });

  it('hands the live line what came since the last tick', () => {
    const meter = meterOf(1, 2);
    expect(meter.takeTick()).toBe(10);
    expect(meter.takeTick()).toBeNull();
  });
});

describe('Columns', () => {
  it('keeps the newest points', () => {
    const columns = new Columns(2, 3);
    for (const x of oneTo(5)) columns.push(x, [x * 10, null]);
    expect(columns.data).toEqual([[3, 4, 5], [30, 40, 50], [null, null, null]]);
    expect(columns.largest(1)).toBe(50);
    expect(columns.largest(70)).toBe(70);
  });
});

describe('format', () => {
  it('keeps three figures', () => {
    expect([undefined, 0.44, 9.96, 99.5, 999.4, 999.6, 12_345].map(duration)).toEqual(['–', '0.4 ms', '10 ms', '100 ms', '999 ms', '1.00 s', '12.3 s']);
    expect([undefined, 0, 999, 1_024, 2 ** 20].map(bytes)).toEqual(['–', '0 B', '999 B', '1.0 KB', '1.0 MB']);
    expect([0.005, 1, 12.34].map(ratio)).toEqual(['0.01', '1.00', '12.3']);
  });
});

describe('judge', () => {
  const lane = (change: Partial<LaneSummary> = {}): LaneSummary => ({
    transport: 'websocket', delivered: 100, missing: 0, repeated: 0, outOfOrder: 0, latencyP50: 4, latencyP95: 9, latencyMax: 20,
    ageMean: 1, ageMax: 20, requests: 1, emptyAnswers: 0, bytesUp: 100, bytesDown: 20_000,
    requestsPerMessage: 0.01, bytesUpPerMessage: 1, bytesDownPerMessage: 200, ...change,
  });

  it('waits for the first message', () => {
    expect(judge(lane({ delivered: 0 }), []).tone).toBe('quiet');
  });

  it('praises what came once and in order, and the leanest', () => {
    const verdict = judge(lane(), [lane()]);
    expect(verdict).toMatchObject({ tone: 'good', headline: 'All 100 messages, once and in order.' });
    expect(verdict.detail).toBe('On screen at once: half of them within 4.0 ms. Hardly any requests, and the fewest bytes.');
  });

  it('names faults before anything else', () => {
    expect(judge(lane({ missing: 2, repeated: 1 }), [])).toMatchObject({ tone: 'bad', headline: 'Not as promised: 2 missing, 1 repeated.' });
  });

  it('tells what polling for nothing costs', () => {
    const polling = lane({ transport: 'short-poll', latencyP50: 1_050, latencyMax: 2_010, requests: 400, emptyAnswers: 300, requestsPerMessage: 4, bytesDownPerMessage: 800 });
    expect(judge(polling, [lane(), polling]).detail).toBe(
      'A message waits 1.05 s as a rule, 2.01 s at worst. 4.00 requests per message, and 75 % of them for nothing, and 3.99 × the bytes of the leanest.');
  });
});
