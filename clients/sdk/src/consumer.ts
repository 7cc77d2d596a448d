import type { Api } from './api.js';
import type { Consumer, ConsumerState, FetchQuery, HistoryPage } from './types.js';

/** A consumer of a channel: each call is one request, and all that it knows is at the server. */
export class ChannelConsumer implements Consumer {
  readonly channel: string;
  readonly name: string;
  readonly #api: Api;

  constructor(api: Api, channel: string, name: string) {
    this.channel = channel;
    this.name = name;
    this.#api = api;
  }

  state(): Promise<ConsumerState> {
    return this.#api.consumer('GET', this.channel, this.name);
  }

  commit(offset: number): Promise<ConsumerState> {
    return this.#api.consumer('PUT', this.channel, this.name, { offset });
  }

  seek(to: Date | string): Promise<ConsumerState> {
    return this.#api.consumer('PUT', this.channel, this.name, { seek: typeof to === 'string' ? to : to.toISOString() });
  }

  fetch(query: FetchQuery = {}): Promise<HistoryPage> {
    return this.#api.fetch(this.channel, this.name, query);
  }

  async remove(): Promise<void> {
    await this.#api.consumer('DELETE', this.channel, this.name);
  }
}
