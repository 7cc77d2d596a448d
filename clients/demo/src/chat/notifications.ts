import type { Message, PushContent, RealtimeClient, Subscription } from '@realtime/sdk';
import { shared } from '../common/storage.js';

/** Notifications of messages to the person alone, in the channel `user:{name}`: by Web Push while no page is open, by this page while it is. */
export class Notifications {
  readonly #client: RealtimeClient;
  readonly #user: string;
  #subscription: Subscription | undefined;

  constructor(client: RealtimeClient, user: string) {
    this.#client = client;
    this.#user = user;
  }

  /** Whether they are on for this person in this browser. */
  get isOn(): boolean {
    return this.#subscription !== undefined;
  }

  /** Whether both the browser and the server have them. */
  async isOffered(): Promise<boolean> {
    return 'serviceWorker' in navigator && 'PushManager' in window && await this.#client.push.isOffered();
  }

  /** Turns them on where the person did so before. Browsers forget subscriptions, and this one may have belonged to somebody else meanwhile. */
  async resume(): Promise<void> {
    if (shared.get('notify') === this.#user && Notification.permission === 'granted') await this.turnOn();
  }

  /** The browser asks the person, where it has not done so yet. Rejected when they say no. */
  async turnOn(): Promise<void> {
    const registration = await navigator.serviceWorker.register('/service-worker.js');
    await navigator.serviceWorker.ready;
    await this.#client.push.subscribe(registration);
    shared.set('notify', this.#user);
    this.#subscription ??= this.#client.subscribe(`user:${this.#user}`, {
      onMessage: (message) => { registration.active?.postMessage(contentOf(message)); },
    });
  }

  async turnOff(): Promise<void> {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    shared.remove('notify');
    const registration = await navigator.serviceWorker.getRegistration();
    if (registration) await this.#client.push.unsubscribe(registration);
  }
}

/** What a push of this message alone would hold. */
function contentOf({ channel, offset, type, data }: Message): PushContent {
  return { channel, offset, unread: 1, type, data };
}
