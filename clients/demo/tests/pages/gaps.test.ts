import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Api, unique } from './support/api.js';
import { useBrowser } from './support/browser.js';
import { ChatTab } from './support/chat-tab.js';
import { OwnServer } from './support/server.js';

describe.skipIf(inject('dll') === '')('what can not be had any more (needs REALTIME_TEST_SERVER_DLL)', () => {
  const { open } = useBrowser();
  let server: OwnServer;
  beforeAll(async () => { server = await OwnServer.start(inject('dll'), { Realtime__Retention__Default__MaxMessages: '10' }); });
  afterAll(async () => { await server.dispose(); });

  it('is told in plain words when the server has trimmed it', async () => {
    const room = unique('trimmed');
    const api = await Api.as(server.url, 'program');
    const tab = await new ChatTab(await open(`${server.url}/?transport=long-poll#${room}`)).signIn('anna');
    await api.publish(room, { text: 'seen' });
    await tab.shows(['seen']);
    await tab.page.click('#connection');
    await tab.page.click('text=Disconnect this tab');
    const later = Array.from({ length: 30 }, (_, index) => `later ${index + 1}`);
    for (const text of later) await api.publish(room, { text });
    await tab.page.click('text=Connect again');
    await expect.poll(async () => (await tab.texts()).at(-1), { timeout: 20_000 }).toBe('later 30');
    await tab.reads('.gap', /^\d+ messages can’t be shown: the server no longer keeps them\.$/);
    const shown = await tab.texts();
    expect(shown).toEqual(['seen', ...later.slice(later.length - shown.length + 1)]);
    // Who comes later sees the same beginning, told as well.
    await tab.page.reload();
    await tab.reads('.beginning', 'Older messages are no longer kept on the server.');
  });

  it('is told when the log was lost, and the room goes on', async () => {
    const room = unique('lost');
    const tab = await new ChatTab(await open(`${server.url}/#${room}`)).signIn('anna');
    await tab.send('of the old log');
    await tab.shows(['of the old log']);
    await server.kill();
    await server.loseStore();
    await server.start();
    await (await Api.as(server.url, 'program')).publish(room, { text: 'of the new log' });
    await tab.connected();
    await tab.shows(['of the old log', 'of the new log']);
    await tab.reads('.gap', 'a new beginning');
    await tab.send('and on');
    await tab.shows(['of the old log', 'of the new log', 'and on']);
  });
});
