import type { Page } from 'playwright-core';
import { describe, expect, inject, it } from 'vitest';
import { Api, unique } from './support/api.js';
import { useBrowser } from './support/browser.js';

const within = { timeout: 20_000, interval: 50 };
const texts = (page: Page): Promise<string[]> => page.$$eval('.post-text', (nodes) => nodes.map((node) => node.textContent));

describe('feed', () => {
  const server = inject('server');
  const { open } = useBrowser();

  const signIn = async (name: string): Promise<Page> => {
    const page = await open(`${server}/feed`);
    await page.fill('#name', name);
    await page.press('#name', 'Enter');
    await expect.poll(() => page.textContent('#live'), within).toMatch(/^Live by /);
    return page;
  };
  const write = async (page: Page, text: string): Promise<void> => {
    await page.fill('#post-text', text);
    await page.click('#post');
    await expect.poll(() => page.inputValue('#post-text'), within).toBe('');
  };

  it('shows what is written by those who are followed as it is written, and no longer what is deleted', async () => {
    const [ann, bob] = [unique('ann'), unique('bob')];
    const annPage = await signIn(ann);
    await write(annPage, 'before');
    const bobPage = await signIn(bob);
    await expect.poll(() => bobPage.textContent('#feed-state'), within).toMatch(/^Nothing here yet/);

    await bobPage.fill('#follow-name', ann);
    await bobPage.click('#follow-form button');
    await expect.poll(() => texts(bobPage), within).toEqual(['before']);
    await expect.poll(() => bobPage.textContent('#counts'), within).toMatch(/^Following 1 /);
    await write(annPage, 'live <b>bold</b> https://a.example/x');
    await expect.poll(() => texts(bobPage), within).toEqual(['live <b>bold</b> https://a.example/x', 'before']);
    expect(await bobPage.getAttribute('.post-text a', 'href')).toBe('https://a.example/x');
    expect(await bobPage.$$('.delete')).toHaveLength(0);
    await annPage.click(`.post:last-child .delete`);
    await expect.poll(() => texts(bobPage), within).toEqual(['live <b>bold</b> https://a.example/x']);

    await bobPage.click('#follow-list button');
    await expect.poll(() => texts(bobPage), within).toEqual([]);
  });

  it('holds what comes back while older posts are read, loads them as far as there are, and is the same by every strategy', async () => {
    const [ann, bob] = [unique('ann'), unique('bob')];
    const writer = await Api.as(server, ann);
    await writer.posts(...Array.from({ length: 50 }, (_, index) => `post ${index}`));
    const page = await signIn(bob);
    await page.fill('#follow-name', ann);
    await page.click('#follow-form button');
    await expect.poll(async () => (await texts(page)).length, within).toBeGreaterThanOrEqual(20);
    await expect.poll(async () => {
      await page.evaluate(() => { window.scrollTo({ top: document.body.scrollHeight }); });
      return (await texts(page)).length;
    }, within).toBe(50);
    expect(await page.isVisible('#more')).toBe(false);
    const all = await texts(page);

    await writer.posts('newest');
    await expect.poll(() => page.textContent('#news'), within).toBe('Show 1 new post');
    await page.click('#news');
    await expect.poll(async () => (await texts(page))[0], within).toBe('newest');
    for (const strategy of ['push', 'pull', 'hybrid', 'auto']) {
      await page.check(`#strategies input[value="${strategy}"]`);
      // Who follows so few has a mailbox only where all is pushed.
      await expect.poll(() => page.textContent('#cost'), within).toMatch(strategy === 'push' ? /^One read of the mailbox/ : /^No mailbox, one author was asked/);
      expect((await texts(page)).slice(0, 20)).toEqual(['newest', ...all.slice(0, 19)]);
    }
  });

  it('fits a phone', async () => {
    const page = await open(`${server}/feed`, { viewport: { width: 390, height: 780 } });
    await page.fill('#name', unique('ann'));
    await page.press('#name', 'Enter');
    await expect.poll(() => page.textContent('#live'), within).toMatch(/^Live by /);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  });
});
