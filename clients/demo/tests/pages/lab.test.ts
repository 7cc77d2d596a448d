import { readFile } from 'node:fs/promises';
import { describe, expect, inject, it } from 'vitest';
import { useBrowser } from './support/browser.js';

interface Report {
  published: number;
  lanes: { transport: string; delivered: number; missing: number; repeated: number; outOfOrder: number; requests: number; bytesDown: number; latencyP50: number }[];
}

/** Whether lines have been drawn, not just axes. Runs in the page. */
function hasColour(node: Element): boolean {
  const canvas = node as HTMLCanvasElement;
  const pixels = canvas.getContext('2d')?.getImageData(60, 0, canvas.width - 60, canvas.height).data ?? new Uint8ClampedArray();
  let coloured = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const channels = pixels.subarray(at, at + 3);
    // Axes and grid are grey; pixels that are hardly covered are transparent.
    if ((pixels[at + 3] ?? 0) > 100 && Math.max(...channels) - Math.min(...channels) > 40) coloured++;
  }
  return coloured > 20;
}

describe('the lab', () => {
  const server = inject('server');
  const { open } = useBrowser();

  it('delivers the same messages by every lane, none missing, repeated or out of order', async () => {
    const page = await open(`${server}/lab`, { viewport: { width: 1440, height: 900 }, acceptDownloads: true });
    await page.locator('#rate').fill('8');
    expect(await page.textContent('#rate-value')).toBe('15 per second');
    await page.locator('#poll').fill('1');
    await page.click('#start');
    const published = async (): Promise<number> => Number((await page.textContent('#published'))?.replaceAll(',', ''));
    await expect.poll(published, { timeout: 30_000 }).toBeGreaterThan(60);
    await page.click('text=Pause');
    const cell = (lane: string): Promise<string | null> => page.textContent(`.lane[data-via="${lane}"] .facts dd`);
    await expect.poll(async () => {
      const all = await Promise.all(['websocket', 'sse', 'long-poll', 'short-poll'].map(cell));
      return all.every((count) => Number(count) > 60 && count === all[0]);
    }, { timeout: 20_000 }).toBe(true);
    const download = async (): Promise<Report> => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.click('#download')]);
      return JSON.parse(await readFile(await file.path(), 'utf8')) as Report;
    };
    let report = await download();
    // What was under way when it was paused has still to arrive.
    await expect.poll(async () => {
      report = await download();
      return report.lanes.every((lane) => lane.delivered === report.published);
    }, { timeout: 20_000 }).toBe(true);
    expect(report.lanes.map((lane) => lane.transport)).toEqual(['websocket', 'sse', 'long-poll', 'short-poll']);
    for (const lane of report.lanes) {
      expect(lane, lane.transport).toMatchObject({ delivered: report.published, missing: 0, repeated: 0, outOfOrder: 0 });
      expect(lane.bytesDown).toBeGreaterThan(100 * lane.delivered);
    }
    const requests = report.lanes.map((lane) => lane.requests);
    expect(requests[0]).toBeLessThan(5);
    expect(requests[2]).toBeGreaterThan(report.published / 4);
    const latency = report.lanes.map((lane) => lane.latencyP50);
    expect(latency[3]).toBeGreaterThan(latency[0] ?? Infinity);
    expect(await page.$$eval('.verdict', (nodes) => nodes.map((node) => node.dataset['tone']))).toEqual(['good', 'good', 'good', 'good']);
    // Lines have been drawn, not just axes.
    for (const canvas of await page.locator('.lane canvas').all()) expect(await canvas.evaluate(hasColour)).toBe(true);

    await page.click('#reset');
    await expect.poll(() => page.textContent('#published')).toBe('0');
    await expect.poll(() => page.textContent('#start')).toBe('Start');
  });

  it('copies its table', async () => {
    const page = await open(`${server}/lab`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.click('#copy');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^Transport\tDelivered[^]*\nShort polling\t0/);
  });
});
