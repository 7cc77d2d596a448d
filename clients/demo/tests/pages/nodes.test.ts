import { describe, expect, inject, it } from 'vitest';
import { useBrowser } from './support/browser.js';
import { OwnServer } from './support/server.js';

/** A server that has just been started answers the first questions slowly. */
const within = { timeout: 20_000 };
const rabbitMq = process.env['REALTIME_TEST_RABBITMQ'] ?? '';

describe('between nodes', () => {
  const server = inject('server');
  const dll = inject('dll');
  const { open } = useBrowser();

  it('says of a single node that there is nothing between nodes, shows its hops, and why there is no experiment', async () => {
    const page = await open(`${server}/lab`, { viewport: { width: 1440, height: 900 } });
    await page.locator('#between').scrollIntoViewIfNeeded();
    await expect.poll(() => page.textContent('#nodes-text'), within).toMatch(/^This server is a single node/);
    expect(await page.$$eval('#nodes thead th', (cells) => cells.map((cell) => cell.textContent))).toEqual([
      'Node', 'State', 'Publishers waiting', 'Frames to send', 'At the broker', 'Held here', 'Readers behind', 'Sockets waiting', 'Memory',
    ]);
    expect(await page.textContent('#nodes tbody .state')).toBe('connected');
    await expect.poll(() => page.textContent('#broker-unavailable'), within).toContain('Realtime:Lab:RabbitMq');
    expect(await page.isVisible('#broker')).toBe(false);
  });

  it('asks again every second while it can be seen', async () => {
    const page = await open(`${server}/lab`);
    let asked = 0;
    page.on('request', (request) => { if (request.url().endsWith('/api/nodes')) asked++; });
    await page.locator('#between').scrollIntoViewIfNeeded();
    await expect.poll(() => asked, within).toBeGreaterThan(2);
  });

  it.skipIf(rabbitMq === '' && process.env['REALTIME_REQUIRE_SERVICES'] !== '1')('makes one node slow over RabbitMQ, by hand, and holds the result to account', { timeout: 150_000 }, async () => {
    expect(rabbitMq, 'REALTIME_TEST_RABBITMQ').not.toBe('');
    const own = await OwnServer.start(dll, { Realtime__Lab__RabbitMq: rabbitMq });
    try {
      const page = await open(`${own.url}/lab`, { viewport: { width: 1440, height: 900 } });
      await page.locator('#between').scrollIntoViewIfNeeded();
      await page.locator('#broker').waitFor();
      await page.selectOption('#broker-mode', 'push-10');
      await page.click('#broker-start');
      await expect.poll(() => page.textContent('#broker-status'), { timeout: 40_000 }).toContain('Both nodes take frames as they come');
      await page.check('#broker-slow');
      await expect.poll(() => page.textContent('#broker-status'), within).toContain('a tenth of the speed');
      await page.uncheck('#broker-slow');
      await expect.poll(() => page.textContent('#broker-status'), within).toContain('catches up');
      await page.click('#broker-start');
      await page.locator('#broker-runs tbody tr').waitFor({ timeout: 60_000 });
      expect(await page.textContent('#broker-status')).toContain('arrived at both nodes, once and in order');
      expect(await page.textContent('#broker-runs tbody td:last-child')).toMatch(/^(passed|with care)$/);
      expect(await page.textContent('#broker-start')).toBe('Start');
    } finally {
      await own.dispose();
    }
  });
});
