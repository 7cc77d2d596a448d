import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { unique } from './support/api.js';
import { useBrowser } from './support/browser.js';
import { ChatTab } from './support/chat-tab.js';
import { OwnServer } from './support/server.js';

const transports = ['websocket', 'sse', 'long-poll', 'short-poll'];

describe.skipIf(inject('dll') === '')('a server that is killed and started again (needs REALTIME_TEST_SERVER_DLL)', () => {
  const { open } = useBrowser();
  let server: OwnServer;
  beforeAll(async () => { server = await OwnServer.start(inject('dll')); });
  afterAll(async () => { await server.dispose(); });

  it('finds every tab where it was: nothing missing, repeated or out of order', async () => {
    const room = unique('restart');
    const tabs: ChatTab[] = [];
    for (const transport of transports) tabs.push(await new ChatTab(await open(`${server.url}/?transport=${transport}#${room}`)).signIn(transport));
    const sent: string[] = [];
    const say = async (tab: ChatTab, text: string): Promise<void> => {
      sent.push(text);
      await tab.send(text);
    };
    for (let round = 0; round < 3; round++) {
      for (const [index, tab] of tabs.entries()) await say(tab, `round ${round}, before, by ${transports[index] ?? ''}`);
      await server.kill();
      for (const [index, tab] of tabs.entries()) await say(tab, `round ${round}, while down, by ${transports[index] ?? ''}`);
      for (const tab of tabs) await tab.reads('#connection-text .wide', /Reconnecting|Connecting/);
      await server.start();
      for (const tab of tabs) await tab.connected();
      for (const [index, tab] of tabs.entries()) await say(tab, `round ${round}, after, by ${transports[index] ?? ''}`);
      for (const tab of tabs) {
        await expect.poll(() => tab.offsets(), { timeout: 40_000 }).toEqual(sent.map((_, index) => index + 1));
        expect([...await tab.texts()].sort()).toEqual([...sent].sort());
      }
    }
    const [first, ...others] = await Promise.all(tabs.map((tab) => tab.texts()));
    for (const other of others) expect(other).toEqual(first);
  }, 180_000);

  it('gets what was written while it was down, also from a tab that was reloaded meanwhile', async () => {
    const room = unique('unsent');
    const tab = await new ChatTab(await open(`${server.url}/#${room}`)).signIn('anna');
    await tab.send('before');
    await expect.poll(() => tab.offsets()).toEqual([1]);
    await server.kill();
    await tab.send('written while down');
    await tab.reads('#connection-text .wide', '1 message waits to be sent');
    await server.start();
    await tab.page.reload();
    await tab.shows(['before', 'written while down']);
    await expect.poll(() => tab.offsets()).toEqual([1, 2]);
  }, 90_000);
});
