import type { Page } from 'playwright-core';
import { describe, expect, inject, it } from 'vitest';
import { Api, unique } from './support/api.js';
import { useBrowser } from './support/browser.js';
import { ChatTab } from './support/chat-tab.js';

const background = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const isWithin = (page: Page): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);

describe('appearance', () => {
  const server = inject('server');
  const { open } = useBrowser();
  const [light, dark] = ['rgb(251, 251, 249)', 'rgb(19, 20, 22)'];

  it('follows the system, and the person who wants it otherwise, on both pages and over a reload', async () => {
    const page = await open(server, { colorScheme: 'dark' });
    expect(await background(page)).toBe(dark);
    await new ChatTab(page).signIn('anna');
    await page.click('#theme');
    expect(await background(page)).toBe(light);
    await page.reload();
    expect(await background(page)).toBe(light);
    await page.goto(`${server}/lab`);
    expect(await background(page)).toBe(light);
    await page.click('#theme');
    expect(await background(page)).toBe(dark);
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await background(page)).toBe(light);
  });

  it('fits a phone: rooms in a drawer, the message box in sight, nothing wider than the screen', async () => {
    const room = unique('phone');
    await (await Api.as(server, 'program')).publish(room, ...Array.from({ length: 30 }, (_, index) => ({ text: `message ${index} ${'long '.repeat(index)}` })));
    const tab = await new ChatTab(await open(`${server}/#${room}`, { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true })).signIn('anna');
    const { page } = tab;
    expect(await isWithin(page)).toBe(true);
    expect(await page.isVisible('#room-list')).toBe(false);
    await page.tap('#menu');
    await page.waitForFunction(() => document.querySelector('#sidebar')?.getBoundingClientRect().left === 0);
    await page.tap('.room-link[data-room="random"]');
    await tab.reads('#room-title', 'random');
    await expect.poll(() => page.isVisible('#room-list')).toBe(false);
    await page.goBack().catch(() => undefined);
    await page.goto(`${server}/#${room}`);
    await tab.connected();
    // A phone's keyboard takes half of the screen away.
    await page.setViewportSize({ width: 390, height: 420 });
    await expect.poll(() => page.evaluate(() => {
      const box = document.querySelector('.composer-box')?.getBoundingClientRect();
      const last = [...document.querySelectorAll('.message')].at(-1)?.getBoundingClientRect();
      return box !== undefined && last !== undefined && box.bottom <= window.innerHeight && last.bottom <= box.top;
    })).toBe(true);
    await page.goto(`${server}/lab`);
    expect(await isWithin(page)).toBe(true);
    const tops = await page.$$eval('.lane', (lanes) => lanes.map((lane) => lane.getBoundingClientRect().top));
    expect(new Set(tops).size).toBe(4);
  });

  it('moves nothing for those who want no motion', async () => {
    const page = await open(server, { reducedMotion: 'reduce' });
    await new ChatTab(page).signIn('anna');
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('.room-link') as Element).transitionDuration)).toBe('0s');
  });
});
