import type { Cost, Strategy } from './model/cost.js';
import { isPost, type Post } from './model/posts.js';

/** A page of a timeline. */
export interface TimelinePage {
  readonly posts: readonly Post[];
  readonly next: string | null;
  readonly strategy: string;
  readonly cost: Cost;
}

/** Whom a user follows. */
export interface Follows {
  readonly users: readonly string[];
  readonly count: number;
}

/** Calls the server for one person. Whatever it refuses is thrown with its own words. */
export class FeedApi {
  readonly #user: string;
  readonly #token: () => Promise<string>;

  constructor(user: string, token: () => Promise<string>) {
    this.#user = user;
    this.#token = token;
  }

  async timeline(strategy: Strategy, before: string | null): Promise<TimelinePage> {
    const query = new URLSearchParams({ strategy, limit: '20' });
    if (before !== null) query.set('before', before);
    const began = performance.now();
    const body = await this.#call('GET', `/api/timeline?${query}`) as Omit<TimelinePage, 'cost'> & { cost: Omit<Cost, 'tookMs'> };
    return { ...body, posts: body.posts.filter(isPost), cost: { ...body.cost, tookMs: performance.now() - began } };
  }

  async post(id: string, text: string): Promise<void> {
    await this.#call('POST', '/api/posts', { id, data: { text } });
  }

  async deletePost(id: string): Promise<void> {
    await this.#call('DELETE', `/api/posts/${encodeURIComponent(id)}`);
  }

  async follows(): Promise<Follows> {
    return await this.#call('GET', `/api/users/${encodeURIComponent(this.#user)}/follows?limit=200`) as Follows;
  }

  async followers(): Promise<number> {
    return (await this.#call('GET', `/api/users/${encodeURIComponent(this.#user)}/followers?limit=1`) as Follows).count;
  }

  async follow(author: string): Promise<void> {
    await this.#call('PUT', this.#followPath(author));
  }

  async unfollow(author: string): Promise<void> {
    await this.#call('DELETE', this.#followPath(author));
  }

  #followPath(author: string): string {
    return `/api/users/${encodeURIComponent(this.#user)}/follows/${encodeURIComponent(author)}`;
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers: Record<string, string> = { authorization: `Bearer ${await this.#token()}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const init: RequestInit = { method, headers };
    if (body !== undefined) init.body = JSON.stringify(body);
    let response: Response;
    try {
      response = await fetch(path, init);
    } catch (cause) {
      throw new Error('The server can’t be reached just now.', { cause });
    }
    if (response.status === 204) return undefined;
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    throw new Error(isProblem(answer) ? answer.detail : `The server answered ${response.status}.`);
  }
}

function isProblem(value: unknown): value is { detail: string } {
  return typeof value === 'object' && value !== null && typeof (value as { detail?: unknown }).detail === 'string';
}
