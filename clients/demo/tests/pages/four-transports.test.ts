import { describe, expect, inject, it } from 'vitest';
import { unique } from './support/api.js';
import { useBrowser } from './support/browser.js';
import { ChatTab } from './support/chat-tab.js';

const transports = [['websocket', 'WebSocket', 'WS'], ['sse', 'SSE', 'SSE'], ['long-poll', 'Long polling', 'LP'], ['short-poll', 'Short polling', 'SP']] as const;

describe('four tabs on four transports', () => {
  const server = inject('server');
  const { open, openBeside } = useBrowser();

  const fourTabs = async (room: string): Promise<ChatTab[]> => {
    const tabs: ChatTab[] = [];
    for (const [transport, name] of transports) {
      const tab = new ChatTab(await open(`${server}/?transport=${transport}#${room}`));
      await tab.signIn(transport);
      tabs.push(await tab.connected(name));
    }
    return tabs;
  };

  it('chat with each other, and each message tells how its sender was connected', async () => {
    const tabs = await fourTabs(unique('four'));
    const said: string[] = [];
    for (const [index, tab] of tabs.entries()) {
      said.push(`hello by ${transports[index]?.[1] ?? ''}`);
      await tab.send(said.at(-1) ?? '');
      for (const other of tabs) await other.shows(said);
    }
    for (const tab of tabs) {
      expect(await tab.page.$$eval('.message .badge', (nodes) => nodes.map((node) => node.firstChild?.textContent))).toEqual(transports.map(([, , badge]) => badge));
      expect(await tab.page.$$eval('.message .author', (nodes) => nodes.map((node) => node.textContent))).toEqual(transports.map(([name]) => name));
    }
  });

  it('lose, repeat and reorder nothing while they change transports', async () => {
    const tabs = await fourTabs(unique('switch'));
    const sent: string[] = [];
    for (let round = 0; round < 4; round++) {
      for (const [index, tab] of tabs.entries()) {
        const [transport] = transports[(index + round + 1) % 4] ?? transports[0];
        await tab.choose(transport);
        for (const from of tabs) {
          sent.push(`${round}.${index} ${sent.length}`);
          await from.send(sent.at(-1) ?? '');
        }
      }
    }
    for (const tab of tabs) {
      await expect.poll(async () => (await tab.texts()).length, { timeout: 20_000 }).toBe(sent.length);
      expect([...await tab.texts()].sort()).toEqual([...sent].sort());
      await expect.poll(() => tab.offsets(), { timeout: 20_000 }).toEqual(sent.map((_, index) => index + 1));
    }
    const [first, ...others] = await Promise.all(tabs.map((tab) => tab.texts()));
    for (const other of others) expect(other).toEqual(first);
  });

  it('keep each its own transport, also over a reload, while they share one sign-in', async () => {
    const room = unique('own');
    const first = new ChatTab(await open(`${server}/?transport=sse#${room}`));
    await first.signIn('anna');
    const second = new ChatTab(await openBeside(first.page, `${server}/#${room}`));
    await second.connected('WebSocket');
    await second.choose('long-poll');
    await second.connected('Long polling');
    await second.page.reload();
    await second.connected('Long polling');
    await first.page.reload();
    await first.connected('SSE');
    await first.send('still here');
    await second.shows(['still here']);
  });

  it('go on where they were after being stopped', async () => {
    const room = unique('stop');
    const [reader, writer] = [new ChatTab(await open(`${server}/?transport=sse#${room}`)), new ChatTab(await open(`${server}/#${room}`))];
    await reader.signIn('reader');
    await writer.signIn('writer');
    await writer.send('one');
    await reader.shows(['one']);
    await reader.page.click('#connection');
    await reader.page.click('text=Disconnect this tab');
    await reader.reads('#connection-text .wide', 'Stopped by you');
    await writer.send('two');
    await writer.shows(['one', 'two']);
    await reader.page.keyboard.press('Escape');
    await reader.send('three');
    await reader.reads('#connection-text .wide', 'Stopped by you; 1 message waits to be sent');
    expect(await reader.texts()).toEqual(['one', 'three']);
    await reader.page.click('#connection');
    await reader.page.click('text=Connect again');
    await reader.shows(['one', 'two', 'three']);
    await writer.shows(['one', 'two', 'three']);
  });
});
