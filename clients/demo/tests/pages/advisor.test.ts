import { describe, expect, inject, it } from 'vitest';
import { useBrowser } from './support/browser.js';

const within = { timeout: 20_000, interval: 50 };

describe('advisor', () => {
  const server = inject('server');
  const { open } = useBrowser();

  it('answers with what each way costs, and anew when a number is changed', async () => {
    const page = await open(`${server}/advisor`);
    await expect.poll(() => page.textContent('#recommendation'), within).toMatch(/^(push|pull|hybrid)$/);
    expect(await page.$$eval('#costs tr', (rows) => rows.map((row) => row.dataset['strategy']))).toEqual(['push', 'pull', 'hybrid']);
    expect(await page.$$eval('#reasons li', (items) => items.length)).toBeGreaterThan(0);
    expect(await page.textContent('#units')).toMatch(/^Measured on this server: /);
    const before = await page.textContent('#costs tr[data-strategy="push"] td:nth-child(3)');
    await page.fill('input[name="postsPerAuthorPerDay"]', '200');
    await expect.poll(() => page.textContent('#costs tr[data-strategy="push"] td:nth-child(3)'), within).not.toBe(before);

    await page.selectOption('#proxies', 'no-websocket');
    await expect.poll(() => page.textContent('#transport'), within).not.toBe('WebSocket');
  });

  it('says which number can’t be, and keeps what was typed', async () => {
    const page = await open(`${server}/advisor`);
    await expect.poll(() => page.isVisible('#advice'), within).toBe(true);
    await page.fill('input[name="activeShare"]', '7');
    await expect.poll(() => page.textContent('#notice'), within).toMatch(/activeShare/);
    expect(await page.getAttribute('input[name="activeShare"]', 'aria-invalid')).toBe('true');
    expect(await page.inputValue('input[name="activeShare"]')).toBe('7');
    await page.click('#live');
    await expect.poll(() => page.isVisible('#notice'), within).toBe(false);
    expect(Number(await page.inputValue('input[name="activeShare"]'))).toBeLessThanOrEqual(1);
  });

  it('fits a phone', async () => {
    const page = await open(`${server}/advisor`, { viewport: { width: 390, height: 780 } });
    await expect.poll(() => page.isVisible('#advice'), within).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  });
});
