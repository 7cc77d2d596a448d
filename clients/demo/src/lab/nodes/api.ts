import { demoToken } from '../../common/tokens.js';
import type { BrokerMode, NodesAnswer } from './types.js';

/** The server said no, and why. The message is for people. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Asks the server what the panel shows. */
export class NodesApi {
  readonly #user = `lab-${crypto.randomUUID().slice(0, 8)}`;
  #token: string | undefined;

  /** The nodes of the deployment, as the one that answers sees them. */
  async nodes(): Promise<NodesAnswer> {
    return await this.#ask('GET', '/api/nodes') as NodesAnswer;
  }

  /** The modes that can be run. Throws {@link Refused} where the server runs no experiments. */
  async modes(): Promise<readonly BrokerMode[]> {
    const { modes } = await this.#ask('GET', '/api/lab/broker') as { modes: readonly BrokerMode[] };
    return modes;
  }

  /** A socket on which one run can be made. */
  async socket(): Promise<WebSocket> {
    const { ticket } = await this.#ask('POST', '/api/tickets') as { ticket: string };
    const url = new URL('/api/lab/broker/run', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.searchParams.set('ticket', ticket);
    return new WebSocket(url);
  }

  async #ask(method: string, path: string): Promise<unknown> {
    this.#token ??= await demoToken(this.#user);
    const response = await fetch(path, { method, headers: { authorization: `Bearer ${this.#token}` }, cache: 'no-store' });
    // A token that has ended, or of a server that was made anew: the next call gets another.
    if (response.status === 401) this.#token = undefined;
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok) return body;
    const detail = typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : `The server answered ${response.status}.`;
    throw new Refused(detail);
  }
}
