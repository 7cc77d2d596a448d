import type { TestProject } from 'vitest/node';
import { OwnServer } from './server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that most tests share. */
    server: string;
    /** The server's program, for tests that kill it; empty where only an address was given. */
    dll: string;
  }
}

/** `REALTIME_TEST_SERVER` names a server that runs; otherwise one is started from `REALTIME_TEST_SERVER_DLL`. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const address = process.env['REALTIME_TEST_SERVER'] ?? '';
  const dll = process.env['REALTIME_TEST_SERVER_DLL'] ?? '';
  project.provide('dll', dll);
  if (address !== '') {
    project.provide('server', address.replace(/\/$/, ''));
    return undefined;
  }
  if (dll === '') throw new Error('The page tests need a server: set REALTIME_TEST_SERVER to its address or REALTIME_TEST_SERVER_DLL to its program.');
  const server = await OwnServer.start(dll);
  project.provide('server', server.url);
  return () => server.dispose();
}
