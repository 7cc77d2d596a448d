import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** How long a tab may take to show what was sent, short polling every 2 s and a busy machine included. */
const within = { timeout: 20_000, interval: 50 };

/** One tab of the chat, in the words of its person. */
export class ChatTab {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async signIn(name: string): Promise<this> {
    await this.page.fill('#name', name);
    await this.page.press('#name', 'Enter');
    await this.connected();
    return this;
  }

  /** Waits until the tab says that it is connected, by this transport where one is given. */
  async connected(by?: string): Promise<this> {
    await expect.poll(() => this.page.textContent('#connection-text .wide'), within).toMatch(by === undefined ? /^Connected by / : `Connected by ${by}`);
    await this.page.waitForFunction(() => document.querySelector('.beginning, .message') !== null);
    return this;
  }

  async send(text: string): Promise<void> {
    await this.page.fill('#composer-text', text);
    await this.page.press('#composer-text', 'Enter');
  }

  /** The texts on screen, top to bottom. */
  texts(): Promise<string[]> {
    return this.page.$$eval('.message .text', (nodes) => nodes.map((node) => node.textContent));
  }

  offsets(): Promise<number[]> {
    return this.page.$$eval('.message', (nodes) => nodes.map((node) => Number(node.dataset['offset'])));
  }

  /** Waits until these messages, and no others, have come back from the server. */
  async shows(texts: readonly string[]): Promise<void> {
    await expect.poll(() => this.page.$$eval('.message.shown .text', (nodes) => nodes.map((node) => node.textContent)), within).toEqual(texts);
  }

  /** Waits until a condition on the tab's text holds. */
  async reads(selector: string, expected: string | RegExp): Promise<void> {
    await expect.poll(() => this.page.textContent(selector), within).toMatch(expected);
  }

  async choose(transport: string): Promise<void> {
    await this.page.click('#connection');
    await this.page.check(`#transports input[value="${transport}"]`);
    await this.page.keyboard.press('Escape');
  }
}
