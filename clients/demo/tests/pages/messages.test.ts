import { describe, expect, inject, it } from 'vitest';
import { Api, unique } from './support/api.js';
import { useBrowser } from './support/browser.js';
import { ChatTab } from './support/chat-tab.js';

describe('messages', () => {
  const server = inject('server');
  const { open } = useBrowser();
  const enter = async (room: string, name = 'anna'): Promise<ChatTab> => new ChatTab(await open(`${server}/#${room}`)).signIn(name);

  it('are text, whatever they hold', async () => {
    const room = unique('html');
    const tab = await enter(room);
    const odd = [
      '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b>', '</p></li><style>body{display:none}</style>',
      '&lt;not an entity&gt;', 'line one\nline two', '\u{1F469}\u200D\u{1F680} مرحبا ﷽ \u202Ereversed', '{{constructor}} ${1+1}', 'x'.repeat(3_000),
    ];
    for (const text of odd.slice(0, 3)) await tab.send(text);
    await tab.shows(odd.slice(0, 3));
    await (await Api.as(server, 'program')).publish(room, ...odd.slice(3).map((text) => ({ text })));
    await tab.shows(odd);
    expect(await tab.page.$$eval('.messages img, .messages script, .messages style, .messages b', (nodes) => nodes.length)).toBe(0);
    expect(await tab.page.title()).toContain(room);
    expect(await tab.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  });

  it('link web addresses and nothing else', async () => {
    const tab = await enter(unique('links'));
    await tab.send('see https://example.org/a?b=<c> and javascript:alert(1) (http://example.net/).');
    await expect.poll(() => tab.page.$$eval('.text a', (nodes) => nodes.map((node) => [node.textContent, node.getAttribute('href'), node.getAttribute('rel')]))).toEqual([
      ['https://example.org/a?b=', 'https://example.org/a?b=', 'noopener noreferrer nofollow ugc'],
      ['http://example.net/', 'http://example.net/', 'noopener noreferrer nofollow ugc'],
    ]);
  });

  it('show what other programs published as the JSON that it is', async () => {
    const room = unique('json');
    await (await Api.as(server, 'program')).publish(room, { temperature: 21 }, 'plain', null);
    const tab = await enter(room);
    await tab.shows(['{\n  "temperature": 21\n}', 'plain', 'null']);
  });

  it('load older ones when scrolled up, keep the place, and reach the beginning', async () => {
    const room = unique('history');
    const all = Array.from({ length: 260 }, (_, index) => `number ${index + 1}`);
    await (await Api.as(server, 'program')).publish(room, ...all.map((text) => ({ text })));
    const tab = await enter(room);
    await expect.poll(async () => (await tab.texts()).at(-1)).toBe('number 260');
    expect((await tab.texts()).length).toBeLessThan(150);
    while ((await tab.page.$('.beginning')) === null) {
      const count = (await tab.texts()).length;
      // The distance of a message from the top must not change when others are put in above it.
      const moved = await tab.page.evaluate(async (before) => {
        const scroller = document.querySelector('#scroller') as HTMLElement;
        const loaded = new Promise<void>((resolve) => {
          new MutationObserver((_, observer) => {
            if (document.querySelectorAll('.message').length === before) return;
            observer.disconnect();
            resolve();
          }).observe(document.querySelector('#messages') as HTMLElement, { childList: true });
        });
        scroller.scrollTop = 200;
        const top = scroller.getBoundingClientRect().top;
        const seen = [...document.querySelectorAll('.message')].find((node) => node.getBoundingClientRect().bottom > top) as HTMLElement;
        const was = seen.getBoundingClientRect().top;
        await loaded;
        await new Promise((resolve) => requestAnimationFrame(resolve));
        return Math.abs(seen.getBoundingClientRect().top - was);
      }, count);
      expect(moved).toBeLessThan(2);
    }
    await tab.shows(all);
    await tab.reads('.beginning', 'This is the beginning of the room.');
  });

  it('continue after a reload without hole or repeat, while others keep writing', async () => {
    const room = unique('reload');
    const api = await Api.as(server, 'program');
    const tab = await enter(room);
    const sent: string[] = [];
    for (let round = 0; round < 5; round++) {
      const publishing = (async () => {
        for (let index = 0; index < 8; index++) {
          sent.push(`message ${sent.length + 1}`);
          await api.publish(room, { text: sent.at(-1) });
        }
      })();
      await tab.page.reload();
      await publishing;
      await tab.connected();
      await tab.shows(sent);
    }
  });

  it('that are too long are told before they are sent', async () => {
    const tab = await enter(unique('long'));
    await tab.page.fill('#composer-text', 'é'.repeat(32_768));
    await tab.reads('#size', 'too long to send');
    await tab.page.press('#composer-text', 'Enter');
    expect(await tab.page.isDisabled('#send')).toBe(true);
    const fits = 'é'.repeat(32_000);
    await tab.page.fill('#composer-text', fits);
    await tab.reads('#size', /^62\.\d of 64\.0 KB$/);
    await tab.page.press('#composer-text', 'Enter');
    await tab.shows([fits]);
    await expect.poll(() => tab.page.$$eval('.message.failed', (nodes) => nodes.length)).toBe(0);
  });

  it('that the server refuses can be tried again or discarded', async () => {
    const tab = await enter(unique('refused'));
    let refuse = true;
    await tab.choose('long-poll');
    await tab.connected('Long polling');
    await tab.page.route('**/api/channels/*/messages', (route) => (refuse && route.request().method() === 'POST'
      ? route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify({ type: 'urn:realtime:forbidden', title: 'Forbidden', status: 403 }) })
      : route.continue()));
    await tab.page.route('**/api/publish', (route) => (refuse
      ? route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify({ type: 'urn:realtime:forbidden', title: 'Forbidden', status: 403 }) })
      : route.continue()));
    await tab.send('first');
    await tab.reads('.failure', 'Not sent. You may not write in this room.');
    refuse = false;
    await tab.page.click('.failure button:has-text("Try again")');
    await expect.poll(() => tab.page.$$eval('.message.shown', (nodes) => nodes.length)).toBe(1);
    refuse = true;
    await tab.send('second');
    await tab.page.click('.failure button:has-text("Discard")');
    await tab.shows(['first']);
  });
});
