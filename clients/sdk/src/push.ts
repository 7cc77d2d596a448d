import type { Api } from './api.js';
import { RealtimeError } from './errors.js';

/** Web Push: notifications in this browser for a user who is away. The page's service worker shows them, see {@link PushContent}. */
export class Push {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Whether the server sends notifications at all. */
  async isOffered(): Promise<boolean> {
    try {
      await this.#api.pushKey();
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /**
   * Subscribes this browser, or renews its subscription: call it whenever the page is loaded by a user who wants it. The browser
   * asks the user first where it has to, which only works in answer to a click. Rejected with `not-found` where the server sends no notifications.
   */
  async subscribe(registration: ServiceWorkerRegistration): Promise<PushSubscription> {
    const applicationServerKey = await this.#api.pushKey();
    const subscription = await subscribed(registration.pushManager, { userVisibleOnly: true, applicationServerKey });
    await this.#api.pushSubscription('PUT', subscription.toJSON());
    return subscription;
  }

  /** Ends this browser's subscription, here and at the server. Fulfilled with false where there is none. */
  async unsubscribe(registration: ServiceWorkerRegistration): Promise<boolean> {
    const subscription = await registration.pushManager.getSubscription();
    if (subscription === null) return false;
    // The browser first: from then on its push service refuses what the server sends, whatever becomes of the call.
    await subscription.unsubscribe();
    try {
      await this.#api.pushSubscription('DELETE', { endpoint: subscription.endpoint });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return true;
  }
}

async function subscribed(manager: PushManager, options: PushSubscriptionOptionsInit): Promise<PushSubscription> {
  try {
    return await manager.subscribe(options);
  } catch (error) {
    // A subscription that was made with another server's key, or with one that is lost, is in the way and of no use.
    const old = await manager.getSubscription();
    if (old === null) throw error;
    await old.unsubscribe();
    return manager.subscribe(options);
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof RealtimeError && error.code === 'not-found';
}
