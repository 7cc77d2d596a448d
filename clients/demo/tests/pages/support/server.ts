import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Ports from here on are handed out to outgoing connections. */
const portRange = { from: 20_000, to: 32_000 };
const readyWithinMs = 30_000;

/** A server that the tests own: they may kill it and start it again on the same port and store. */
export class OwnServer {
  readonly url: string;
  readonly #dll: string;
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;
  #output = '';

  private constructor(dll: string, folder: string, port: number, settings: Readonly<Record<string, string>>) {
    this.#dll = dll;
    this.#folder = folder;
    this.#settings = settings;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** `settings` are environment variables, such as `Realtime__Retention__room__MaxMessages`. */
  static async start(dll: string, settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> {
    const server = new OwnServer(dll, await mkdtemp(join(tmpdir(), 'realtime-pages-')), await freePort(), settings);
    await server.start();
    return server;
  }

  get #store(): string {
    return join(this.#folder, 'realtime.db');
  }

  async start(): Promise<void> {
    const child = spawn('dotnet', [this.#dll, '--Urls', this.url], {
      cwd: this.#folder,
      env: { ...process.env, ASPNETCORE_ENVIRONMENT: 'Development', Realtime__Store__Path: this.#store, ...this.#settings },
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => { this.#output += text.toString(); });
    const deadline = Date.now() + readyWithinMs;
    while (!(await isReady(this.url))) {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${this.#output}`);
      if (Date.now() > deadline) throw new Error(`The server was not ready within ${readyWithinMs} ms:\n${this.#output}`);
      await wait(50);
    }
  }

  /** As a power cut would end it. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** As when a disk is replaced: the next start finds nothing. */
  async loseStore(): Promise<void> {
    for (const ending of ['', '-wal', '-shm']) await rm(this.#store + ending, { force: true });
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    // Not listening yet.
    return false;
  }
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = portRange.from + Math.floor(Math.random() * (portRange.to - portRange.from));
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => { resolve(false); });
      probe.listen(port, '127.0.0.1', () => { resolve(true); });
    });
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}
