import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

const args = [
  '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
];

/** What a page may complain about without being wrong: requests that fail while their server is down, or by design. */
const expectedComplaints = /Failed to load resource|WebSocket connection to .* failed|net::ERR_|Realtime, connection/;

/** A browser for one test file. Tabs close after each test, which fails when a page has complained. */
export function useBrowser(): { open: (url: string, options?: BrowserContextOptions) => Promise<Page>; openBeside: (page: Page, url: string) => Promise<Page> } {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args });
  });
  afterAll(async () => { await browser.close(); });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(complaints.splice(0), 'what the pages complained about').toEqual([]);
  });

  const inContext = async (context: BrowserContext, url: string): Promise<Page> => {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if ((message.type() === 'error' || message.type() === 'warning') && !expectedComplaints.test(message.text())) complaints.push(message.text());
    });
    await page.goto(url);
    return page;
  };
  return {
    open: async (url, options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1200, height: 760 }, locale: 'en-GB', ...options });
      contexts.push(context);
      return inContext(context, url);
    },
    openBeside: (page, url) => inContext(page.context(), url),
  };
}
