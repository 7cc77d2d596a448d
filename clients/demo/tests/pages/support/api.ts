import { randomBytes } from 'node:crypto';

/** A name that no other test uses. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** Speaks to the server as another program would. */
export class Api {
  readonly #server: string;
  readonly #token: string;

  private constructor(server: string, token: string) {
    this.#server = server;
    this.#token = token;
  }

  static async as(server: string, user: string): Promise<Api> {
    const answer = await fetch(`${server}/api/demo/token`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user }),
    });
    const { token } = await answer.json() as { token: string };
    return new Api(server, token);
  }

  async publish(room: string, ...data: unknown[]): Promise<void> {
    for (let from = 0; from < data.length; from += 500) {
      const messages = data.slice(from, from + 500).map((one) => ({ channel: `room:${room}`, type: 'chat', data: one }));
      const answer = await this.#post('/api/publish', { messages });
      if (!answer.ok) throw new Error(`Publishing was answered by ${answer.status}: ${await answer.text()}`);
    }
  }

  /** Posts one after another, so that their order is theirs. */
  async posts(...texts: string[]): Promise<void> {
    for (const text of texts) {
      const answer = await this.#post('/api/posts', { data: { text } });
      if (!answer.ok) throw new Error(`Posting was answered by ${answer.status}: ${await answer.text()}`);
    }
  }

  async signal(room: string, type: string): Promise<void> {
    await this.#post(`/api/channels/room:${room}/signals`, { type });
  }

  #post(path: string, body: unknown): Promise<Response> {
    return fetch(this.#server + path, {
      method: 'POST', headers: { 'content-type': 'application/json', 'authorization': `Bearer ${this.#token}` }, body: JSON.stringify(body),
    });
  }
}
