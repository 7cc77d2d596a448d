import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Backoff } from '../src/backoff.js';
import { closeReason, closeReasons } from '../src/codes.js';
import { Positions } from '../src/cursor.js';
import { environmentOf } from '../src/environment.js';
import { problemError } from '../src/errors.js';
import { retryAfter } from '../src/http.js';
import { TransportSelector } from '../src/selector.js';
import { mayMove, move } from '../src/state.js';
import { TokenSource } from '../src/token.js';
import { frameLength } from '../src/traffic.js';
import { TransportMemory } from '../src/transport-memory.js';
import type { ConnectionState, Gap, Message } from '../src/index.js';

describe('states', () => {
  const states: readonly ConnectionState[] = ['idle', 'connecting', 'connected', 'reconnecting', 'refused', 'stopped'];

  test('only the moves of the table are allowed', () => {
    const allowed = states.flatMap((from) => states.filter((to) => from !== to && mayMove(from, to)).map((to) => `${from} ${to}`));
    expect(allowed).toEqual([
      'idle connecting', 'idle stopped',
      'connecting connected', 'connecting reconnecting', 'connecting refused', 'connecting stopped',
      'connected connecting', 'connected reconnecting', 'connected refused', 'connected stopped',
      'reconnecting connecting', 'reconnecting connected', 'reconnecting refused', 'reconnecting stopped',
      'refused connecting', 'refused stopped',
      'stopped connecting',
    ]);
  });

  test('a move that is not allowed throws', () => {
    expect(() => move('stopped', 'connected')).toThrow('stopped');
    expect(move('idle', 'connecting')).toBe('connecting');
  });
});

describe('backoff', () => {
  test('waits between nothing and a ceiling that doubles up to the cap', () => {
    const low = new Backoff({ baseMs: 100, capMs: 500 }, () => 0);
    const high = new Backoff({ baseMs: 100, capMs: 500 }, () => 0.999_999);
    expect([low.next(), low.next(), low.next()]).toEqual([0, 0, 0]);
    expect([high.next(), high.next(), high.next(), high.next(), high.next()]).toEqual([100, 200, 400, 500, 500]);
    high.reset();
    expect(high.next()).toBe(100);
  });

  test('adds its jitter to what the server asks for', () => {
    expect(new Backoff({ baseMs: 100 }, () => 0.5).next(3_000)).toBe(3_050);
  });

  test('takes the base that the server names', () => {
    const backoff = new Backoff({ baseMs: 100 }, () => 0.5);
    backoff.rebase(2_000);
    expect(backoff.next()).toBe(1_000);
  });

  test('does not overflow after a long time', () => {
    const backoff = new Backoff({}, () => 0.999_999);
    for (let index = 0; index < 2_000; index += 1) backoff.next();
    expect(backoff.next()).toBe(20_000);
  });
});

describe('close codes', () => {
  test('the protocol\'s codes have its advice', () => {
    expect(closeReasons.map(({ code, advice }) => `${code} ${advice}`)).toEqual([
      '1001 reconnect', '1008 give-up', '1009 reconnect', '1012 reconnect', '1013 back-off',
    ]);
  });

  test('codes that are not known are judged by their range', () => {
    const advice = [1000, 1006, 1011, 3000, 3499, 3500, 3999, 4000, 4499, 4500, 4999].map((code) => closeReason(code).advice);
    expect(advice).toEqual([
      'reconnect', 'reconnect', 'reconnect', 'reconnect', 'reconnect', 'give-up', 'give-up', 'reconnect', 'reconnect', 'give-up', 'give-up',
    ]);
  });

  test('the catalogue is the server\'s', () => {
    const source = readFileSync(new URL('../../../src/Realtime.Core/Delivery/CloseReason.cs', import.meta.url), 'utf8');
    const codes = [...source.matchAll(/CloseReason \w+ = new\((\d+),/g)].map(([, code]) => Number(code));
    expect(codes.length).toBeGreaterThan(0);
    // 1000 is the answer to a client that leaves by itself.
    const unknown = codes.filter((code) => code !== 1000 && !closeReasons.some((reason) => reason.code === code));
    expect(unknown).toEqual([]);
  });
});

describe('positions', () => {
  const message = (offset: number): Message =>
    ({ channel: 'a', offset, id: String(offset), type: 'message', user: 'u', time: '', data: null });
  const gap = (reason: Gap['reason'], epoch: string, first: number): Gap =>
    ({ channel: 'a', epoch, requested: 1, first, head: 100, reason });

  test('a message is accepted once', () => {
    const positions = new Positions();
    expect([5, 6, 6, 5, 7].map((offset) => positions.accept(message(offset)))).toEqual([true, true, false, false, true]);
  });

  test('after a trimmed gap reading goes on at its first offset', () => {
    const positions = new Positions();
    positions.accept(message(5));
    expect(positions.acceptGap(gap('trimmed', 'e1', 10))).toBe(true);
    expect([9, 10].map((offset) => positions.accept(message(offset)))).toEqual([false, true]);
  });

  test('a gap that is told again, or lies behind, is not passed on', () => {
    const positions = new Positions();
    positions.accept(message(50));
    expect(positions.acceptGap(gap('trimmed', 'e1', 10))).toBe(false);
    expect(positions.acceptGap(gap('epoch', 'e2', 1))).toBe(true);
    positions.accept(message(1));
    expect(positions.acceptGap(gap('epoch', 'e2', 1))).toBe(false);
    expect(positions.accept(message(1))).toBe(false);
  });

  test('another epoch is noticed', () => {
    const positions = new Positions();
    expect([positions.observeEpoch('a', 'e1'), positions.observeEpoch('a', 'e1'), positions.observeEpoch('a', 'e2')])
      .toEqual([false, false, true]);
  });

  test('a forgotten channel begins afresh', () => {
    const positions = new Positions();
    positions.accept(message(5));
    positions.forget('a');
    expect(positions.offset('a')).toBeNull();
    expect(positions.accept(message(2))).toBe(true);
  });
});

describe('the choice of a transport', () => {
  const nothingKnown = new TransportMemory(environmentOf({ url: '', token: '', storage: null }), '');

  test('"auto" goes down the ladder and begins again at the top', () => {
    const selector = new TransportSelector('auto', true, nothingKnown);
    const seen = [selector.current];
    const more = [];
    for (let index = 0; index < 4; index += 1) {
      more.push(selector.failed());
      seen.push(selector.current);
    }
    expect(seen).toEqual(['websocket', 'sse', 'long-poll', 'short-poll', 'websocket']);
    expect(more).toEqual([true, true, true, false]);
  });

  test('without a WebSocket "auto" begins with SSE, and a named transport has no other', () => {
    expect(new TransportSelector('auto', false, nothingKnown).current).toBe('sse');
    const selector = new TransportSelector('long-poll', true, nothingKnown);
    expect([selector.failed(), selector.current]).toEqual([false, 'long-poll']);
  });
});

describe('tokens', () => {
  const jwt = (expiry: number) => `x.${Buffer.from(JSON.stringify({ exp: expiry, sub: 'ä' })).toString('base64url')}.y`;

  test('one call serves several callers, until the token is refused or about to expire', async () => {
    let now = 1_000_000;
    let calls = 0;
    const source = new TokenSource(() => { calls += 1; return jwt(now / 1000 + 60); }, () => now);
    const [one, two] = await Promise.all([source.get(), source.get()]);
    expect([calls, one === two]).toEqual([1, true]);
    source.refuse('another');
    await source.get();
    expect(calls).toBe(1);
    source.refuse(one);
    await source.get();
    expect(calls).toBe(2);
    now += 51_000;
    await source.get();
    expect(calls).toBe(3);
  });

  test('a source that fails is a fault that passes', async () => {
    const source = new TokenSource(() => Promise.reject(new Error('down')), Date.now);
    await expect(source.get()).rejects.toMatchObject({ code: 'connection-lost', isTransient: true });
  });
});

describe('answers', () => {
  test('Retry-After is a number of seconds or a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const values = ['3', '0', 'Thu, 01 Jan 2026 00:00:07 GMT', 'Wed, 31 Dec 2025 00:00:00 GMT', 'soon', '', null];
    expect(values.map((value) => retryAfter(value, now))).toEqual([3_000, 0, 7_000, 0, null, null, null]);
  });

  test('a problem becomes an error with its name, and a proxy\'s page one with its status', () => {
    const problem = { type: 'urn:realtime:id-conflict', title: 'Conflict', status: 409, detail: 'Other content.' };
    expect(problemError(problem, 409)).toMatchObject({ code: 'id-conflict', status: 409, message: 'Other content.', problem, isTransient: false });
    expect(problemError(null, 502)).toMatchObject({ code: 'http', status: 502, problem: null, isTransient: true });
  });

  test('frames are counted with their framing', () => {
    expect([frameLength(125, false), frameLength(126, false), frameLength(65_536, true)]).toEqual([127, 130, 65_550]);
  });
});
