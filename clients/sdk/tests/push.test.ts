import { describe, expect, test } from 'vitest';
import { makeClient } from './support/harness.js';

const key = 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8';

describe('push', () => {
  test('subscribes with the server’s key and registers what the browser gave', async () => {
    const server = new Server();
    const browser = new Browser();

    await server.client.push.subscribe(browser.registration);

    expect(browser.options).toEqual({ userVisibleOnly: true, applicationServerKey: key });
    expect(server.calls).toEqual(['GET /api/push/key', `PUT /api/push/subscriptions ${JSON.stringify(browser.json(1))}`]);
  });

  test('gives up a subscription that was made with another key', async () => {
    const server = new Server();
    const browser = new Browser();
    browser.current = browser.make();
    browser.refusals = 1;

    await server.client.push.subscribe(browser.registration);

    expect(browser.ended).toEqual(['https://push.example/1']);
    expect(server.calls[1]).toContain('https://push.example/2');
  });

  test('passes on that the user said no', async () => {
    const server = new Server();
    const browser = new Browser();
    browser.refusals = 1;

    await expect(server.client.push.subscribe(browser.registration)).rejects.toThrow('InvalidStateError');
    expect(server.calls).toEqual(['GET /api/push/key']);
  });

  test('unsubscribes in the browser and at the server, which may know nothing of it', async () => {
    const server = new Server();
    const browser = new Browser();
    expect(await server.client.push.unsubscribe(browser.registration)).toBe(false);
    await server.client.push.subscribe(browser.registration);
    server.status = 404;

    expect(await server.client.push.unsubscribe(browser.registration)).toBe(true);
    expect(browser.ended).toEqual(['https://push.example/1']);
    expect(server.calls.at(-1)).toBe('DELETE /api/push/subscriptions {"endpoint":"https://push.example/1"}');
    server.status = 503;
    browser.current = browser.make();
    await expect(server.client.push.unsubscribe(browser.registration)).rejects.toMatchObject({ code: 'overloaded' });
  });

  test('tells whether the server sends notifications', async () => {
    const server = new Server();
    expect(await server.client.push.isOffered()).toBe(true);
    server.status = 404;
    expect(await server.client.push.isOffered()).toBe(false);
    await expect(server.client.push.subscribe(new Browser().registration)).rejects.toMatchObject({ code: 'not-found' });
  });
});

/** The server's side: answers, and takes down what was asked. */
class Server {
  readonly calls: string[] = [];
  status = 200;
  readonly client = makeClient('http://server', {
    fetch: (url, init) => {
      const path = (url as string).slice('http://server'.length);
      this.calls.push([init?.method, path, ...(typeof init?.body === 'string' ? [init.body] : [])].join(' '));
      if (this.status !== 200) {
        const name = this.status === 404 ? 'not-found' : 'overloaded';
        return Promise.resolve(Response.json({ type: `urn:realtime:${name}`, title: name, status: this.status }, { status: this.status }));
      }
      return Promise.resolve(path.endsWith('/key') ? Response.json({ publicKey: key }) : new Response(null, { status: 204 }));
    },
  });
}

/** A browser's push manager, with as much of it as the client uses. */
class Browser {
  readonly ended: string[] = [];
  current: PushSubscription | null = null;
  options: PushSubscriptionOptionsInit | undefined;
  refusals = 0;
  #made = 0;

  readonly registration = {
    pushManager: {
      getSubscription: () => Promise.resolve(this.current),
      subscribe: (options: PushSubscriptionOptionsInit) => {
        this.options = options;
        if (this.refusals-- > 0) return Promise.reject(new Error('InvalidStateError'));
        this.current ??= this.make();
        return Promise.resolve(this.current);
      },
    },
  } as unknown as ServiceWorkerRegistration;

  json(number: number): PushSubscriptionJSON {
    return { endpoint: `https://push.example/${number}`, expirationTime: null, keys: { p256dh: 'key', auth: 'secret' } };
  }

  make(): PushSubscription {
    this.#made += 1;
    const json = this.json(this.#made);
    return {
      endpoint: json.endpoint,
      toJSON: () => json,
      unsubscribe: () => {
        this.ended.push(json.endpoint ?? '');
        this.current = null;
        return Promise.resolve(true);
      },
    } as PushSubscription;
  }
}
