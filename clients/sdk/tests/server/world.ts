import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RealtimeClient, RealtimeClientOptions } from '../../src/index.js';
import { makeClient } from '../support/harness.js';

/** The address of a running server in demo mode, such as `http://127.0.0.1:5080`. */
export const serverUrl = process.env['REALTIME_TEST_SERVER'] ?? '';

/** Facts about the real server: skipped where there is none, unless one is required. */
export function withServer(title: string, facts: () => void): void {
  if (serverUrl !== '') {
    describe(title, () => {
      beforeAll(async () => {
        const { status } = await fetch(`${serverUrl}/readyz`);
        expect(status).toBe(200);
      });
      facts();
    });
  } else if (process.env['REALTIME_REQUIRE_SERVICES'] === '1') {
    test(title, () => { expect.fail('REALTIME_TEST_SERVER names no server, and REALTIME_REQUIRE_SERVICES asks for one.'); });
  } else describe.skip(`${title} (REALTIME_TEST_SERVER names no server)`, facts);
}

/** A demo token. */
export async function tokenFor(user: string): Promise<string> {
  const response = await fetch(`${serverUrl}/api/demo/token`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user }),
  });
  if (!response.ok) throw new Error(`The server gave no demo token: ${response.status}.`);
  return ((await response.json()) as { token: string }).token;
}

/** A client of the real server, by way of another address where one is given. */
export function realClient(user: string, options: Partial<RealtimeClientOptions> = {}): RealtimeClient {
  return makeClient(options.url ?? serverUrl, { token: () => tokenFor(user), proofTimeoutMs: 5_000, ...options });
}

/** A channel that no other test uses. */
export function freshChannel(): string {
  return `room:${randomBytes(8).toString('hex')}`;
}
