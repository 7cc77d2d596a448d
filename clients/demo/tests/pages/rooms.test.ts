import { describe, expect, inject, it } from 'vitest';
import { Api, unique } from './support/api.js';
import { useBrowser } from './support/browser.js';
import { ChatTab } from './support/chat-tab.js';

describe('rooms', () => {
  const server = inject('server');
  const { open } = useBrowser();
  const enter = async (room: string, name = 'anna'): Promise<ChatTab> => new ChatTab(await open(`${server}/#${room}`)).signIn(name);

  it('tell what is unread, and where it begins', async () => {
    const [here, there] = [unique('here'), unique('there')];
    const api = await Api.as(server, 'program');
    await api.publish(there, { text: 'old' });
    const tab = await enter(there);
    await tab.shows(['old']);
    await tab.page.click('#add-room');
    await tab.page.fill('#room-name', ` #${here.toUpperCase()} `);
    await tab.page.press('#room-name', 'Enter');
    await tab.reads('#room-title', here);
    await api.publish(there, { text: 'new one' }, { text: 'new two' });
    const link = `.room-link[data-room="${there}"]`;
    await tab.reads(`${link} .unread-count`, '2 unread');
    await expect.poll(() => tab.page.title()).toMatch(/^\(2\) /);
    // Read marks survive a reload.
    await tab.page.reload();
    await tab.reads(`${link} .unread-count`, '2 unread');
    await tab.page.click(link);
    await tab.shows(['old', 'new one', 'new two']);
    expect(await tab.page.$$eval('.messages > li', (nodes) => nodes.map((node) => (node.classList.contains('unread') ? 'LINE' : node.querySelector('.text')?.textContent)).filter(Boolean)))
      .toEqual(['old', 'LINE', 'new one', 'new two']);
    await expect.poll(() => tab.page.$(`${link} .unread-count`)).toBeNull();
    await tab.send('seen');
    await expect.poll(() => tab.page.$('.line.unread')).toBeNull();
  });

  it('show who is here, by name, as people come and go', async () => {
    const room = unique('people');
    const anna = await enter(room, 'anna');
    await anna.reads('#people-count', 'Only you');
    const ben = await enter(room, 'ben');
    await anna.reads('#people-names', 'you and ben');
    await ben.reads('#people-names', /^you and anna$/);
    await ben.reads('#people-count', '2 here');
    await ben.page.close();
    await anna.reads('#people-count', 'Only you');
  });

  it('show who is typing, and stop when the message comes', async () => {
    const room = unique('typing');
    const [anna, ben] = [await enter(room, 'anna'), await enter(room, 'ben')];
    await anna.choose('long-poll');
    await anna.connected('Long polling');
    await ben.page.locator('#composer-text').pressSequentially('I think');
    await anna.reads('#typing', 'ben is typing…');
    expect(await ben.page.textContent('#typing')).toBe('');
    await ben.page.press('#composer-text', 'Enter');
    await anna.shows(['I think']);
    await anna.reads('#typing', /^$/);
  });

  it('forget a typist who went away', async () => {
    const room = unique('forget');
    const tab = await enter(room);
    await (await Api.as(server, 'ghost')).signal(room, 'typing');
    await tab.reads('#typing', 'ghost is typing…');
    await tab.reads('#typing', /^$/);
  });

  it('can be reached by keyboard alone, from sign-in on', async () => {
    const [first, second] = [unique('first'), unique('second')];
    const page = await open(`${server}/#${first}`);
    const tab = new ChatTab(page);
    await page.keyboard.type('kay', { delay: 5 });
    await page.keyboard.press('Enter');
    await tab.connected();
    await page.keyboard.type('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await tab.shows(['one\ntwo']);
    await page.focus('#add-room');
    await page.keyboard.press('Enter');
    await page.keyboard.type(second);
    await page.keyboard.press('Enter');
    await tab.reads('#room-title', second);
    await page.keyboard.type('draft');
    await page.keyboard.press('Alt+ArrowUp');
    await tab.reads('#room-title', first);
    await tab.shows(['one\ntwo']);
    await page.keyboard.press('Alt+ArrowDown');
    await tab.reads('#room-title', second);
    expect(await page.inputValue('#composer-text')).toBe('draft');
    await page.keyboard.press('Alt+1');
    await tab.reads('#room-title', 'general');
    await page.focus('.room-link[aria-current]');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await tab.reads('#room-title', 'random');
    await page.focus('#connection');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await tab.connected('SSE');
    await page.keyboard.press('Escape');
    expect(await page.isVisible('#transports')).toBe(false);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('connection');
  });

  it('say what is wrong with a name', async () => {
    const page = await open(server);
    await page.fill('#name', 'anna b');
    await page.press('#name', 'Enter');
    expect(await page.textContent('#name-problem')).toBe('A name has no spaces. A dash or a dot may stand in for one.');
    await page.fill('#name', 'änna');
    expect(await page.textContent('#name-problem')).toContain('“ä”');
    expect(await page.isVisible('#chat')).toBe(false);
  });

  it('sign out and let somebody else in', async () => {
    const tab = await enter(unique('out'));
    await tab.page.click('#sign-out');
    await tab.page.waitForSelector('#name');
    await tab.signIn('somebody-else');
    await tab.reads('#my-name', 'somebody-else');
  });
});
