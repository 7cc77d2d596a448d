import { createECDH, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { unique } from './support/api.js';
import { useBrowser } from './support/browser.js';
import { ChatTab } from './support/chat-tab.js';
import { OwnServer } from './support/server.js';

const within = { timeout: 20_000, interval: 50 };

describe('the notify switch', () => {
  const { open } = useBrowser();

  it('is not there where the server sends no notifications', async () => {
    const page = await open(inject('server'));
    const asked = page.waitForResponse('**/api/push/key');
    await new ChatTab(page).signIn(unique('anna'));
    expect((await asked).status()).toBe(404);
    expect(await page.isVisible('#notify')).toBe(false);
  });
});

describe.skipIf(inject('dll') === '')('notifications (need REALTIME_TEST_SERVER_DLL)', () => {
  const { open, openBeside } = useBrowser();
  const pushes: string[] = [];
  let server: OwnServer;
  let pushService: Server;

  beforeAll(async () => {
    pushService = createServer((request, response) => {
      pushes.push(request.url ?? '');
      request.resume();
      response.writeHead(201).end();
    }).listen(0, '127.0.0.1');
    await once(pushService, 'listening');
    server = await OwnServer.start(inject('dll'), {
      Realtime__WebPush__Enabled: 'true', Realtime__WebPush__Subject: 'mailto:operator@chat.example', Realtime__WebPush__AllowLoopback: 'true',
      Realtime__WebPush__After: '00:00:00', Realtime__Presence__LeaveGrace: '00:00:01', Realtime__Presence__PollLease: '00:00:01',
    });
  });
  afterAll(async () => {
    await server.dispose();
    pushService.close();
  });

  it('come by push when the page is closed, by the page while it is open, and not at all after sign-out', async () => {
    const user = unique('anna');
    const page = await open(server.url, { permissions: ['notifications'] });
    const endpoint = `http://127.0.0.1:${(pushService.address() as AddressInfo).port}/${user}`;
    await stubPushManager(page, endpoint);
    const tab = await new ChatTab(page).signIn(user);
    await page.click('#notify');
    await expect.poll(() => page.getAttribute('#notify', 'aria-pressed'), within).toBe('true');
    expect(await page.evaluate(() => (window as unknown as { options: PushSubscriptionOptionsInit }).options)).toEqual(
      { userVisibleOnly: true, applicationServerKey: await pushKey(server.url, user) });

    // The page has a place in the channel by the time that its next poll is over.
    await expect.poll(async () => { await publish(server.url, user, 'while open'); return notifications(page); }, within).toContain('while open');
    await deliverPush(page, { channel: `user:${user}`, offset: 9, unread: 3, type: 'message', data: { text: 'pushed' } });
    await expect.poll(() => notifications(page), within).toEqual(['pushed']);
    // Notifications stay on over a reload.
    await page.reload();
    await tab.connected();
    await expect.poll(() => page.getAttribute('#notify', 'aria-pressed'), within).toBe('true');
    const beside = await openBeside(page, `${server.url}/lab`);
    await page.close();
    await publish(server.url, user, 'while closed');
    await expect.poll(() => pushes.includes(`/${user}`), within).toBe(true);

    await beside.goto(server.url);
    const again = new ChatTab(beside);
    await again.connected();
    await expect.poll(() => beside.getAttribute('#notify', 'aria-pressed'), within).toBe('true');
    await beside.click('#sign-out');
    await beside.waitForSelector('#name');
    expect(await unsubscribe(server.url, user, endpoint)).toBe(404);
  }, 90_000);

  it('say why they cannot be turned on', async () => {
    const page = await open(server.url);
    await page.addInitScript(() => {
      PushManager.prototype.subscribe = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await page.reload();
    const tab = await new ChatTab(page).signIn(unique('anna'));
    await page.click('#notify');
    await tab.reads('#notice', /^(This browser does not allow|Notifications could not be changed)/);
    expect(await page.getAttribute('#notify', 'aria-pressed')).toBe('false');
  });
});

/** Chromium gets its subscriptions from a service of Google's; this gives out one of the tests' own, from the next load of the page on. */
async function stubPushManager(page: Page, endpoint: string): Promise<void> {
  const keys = createECDH('prime256v1');
  keys.generateKeys();
  const json = { endpoint, keys: { p256dh: keys.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') } };
  await page.context().addInitScript((json) => {
    let current = true;
    const subscription = {
      endpoint: json.endpoint,
      toJSON: () => json,
      unsubscribe: () => {
        current = false;
        return Promise.resolve(true);
      },
    };
    PushManager.prototype.getSubscription = () => Promise.resolve(current ? subscription as unknown as PushSubscription : null);
    PushManager.prototype.subscribe = (options) => {
      (window as unknown as { options: unknown }).options = options;
      current = true;
      return Promise.resolve(subscription as unknown as PushSubscription);
    };
  }, json);
  await page.reload();
}

/** Hands the service worker a push, as the browser does when its push service brings one. */
async function deliverPush(page: Page, content: object): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      if (registrations[0] !== undefined) resolve(registrations[0].registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  await session.send('ServiceWorker.deliverPushMessage', { origin: new URL(page.url()).origin, registrationId: await registered, data: JSON.stringify(content) });
  await session.detach();
}

/** The texts of the notifications on screen. */
function notifications(page: Page): Promise<string[]> {
  return page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((one) => one.body));
}

async function call(server: string, user: string, method: string, path: string, body?: unknown, claims: object = {}): Promise<Response> {
  const json = { 'content-type': 'application/json' };
  const answer = await fetch(`${server}/api/demo/token`, { method: 'POST', headers: json, body: JSON.stringify({ user, ...claims }) });
  const { token } = await answer.json() as { token: string };
  return fetch(server + path, { method, headers: { ...json, authorization: `Bearer ${token}` }, ...(body !== undefined && { body: JSON.stringify(body) }) });
}

async function publish(server: string, user: string, text: string): Promise<void> {
  const answer = await call(server, 'backend', 'POST', `/api/channels/user:${user}/messages`, { data: { text } }, { pub: ['user:*'] });
  expect(answer.status).toBe(201);
}

async function pushKey(server: string, user: string): Promise<string> {
  return (await (await call(server, user, 'GET', '/api/push/key')).json() as { publicKey: string }).publicKey;
}

async function unsubscribe(server: string, user: string, endpoint: string): Promise<number> {
  return (await call(server, user, 'DELETE', '/api/push/subscriptions', { endpoint })).status;
}
