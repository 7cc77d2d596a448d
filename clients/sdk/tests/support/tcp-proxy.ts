import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between client and server, and breaks connections at will. */
export class TcpProxy {
  readonly #pairs = new Set<{ client: Socket; upstream: Socket }>();
  readonly #server: Server;
  /** What becomes of WebSockets: they pass, are answered with 502, or are ended so many milliseconds after their upgrade. */
  upgrades: 'pass' | 'refuse' | number = 'pass';
  #lose: ((sent: string) => boolean) | null = null;

  private constructor(target: URL) {
    this.#server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname);
      const pair = { client, upstream };
      this.#pairs.add(pair);
      let isLost = false;
      client.on('data', (chunk) => {
        if (chunk.includes('GET /api/ws?') && this.upgrades !== 'pass') {
          if (this.upgrades === 'refuse') {
            client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
            return;
          }
          setTimeout(() => { this.#close(pair); }, this.upgrades);
        }
        if (this.#lose?.(chunk.toString('latin1')) === true) {
          this.#lose = null;
          isLost = true;
        }
        upstream.write(chunk);
      });
      upstream.on('data', (chunk) => {
        if (isLost) this.#close(pair);
        else client.write(chunk);
      });
      for (const socket of [client, upstream]) {
        socket.on('error', () => { this.#close(pair); });
        socket.on('close', () => { this.#close(pair); });
      }
    });
  }

  static async start(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(target));
    await new Promise<void>((resolve) => { proxy.#server.listen(0, '127.0.0.1', resolve); });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections. */
  cut(): void {
    for (const pair of this.#pairs) this.#close(pair);
  }

  /** The next time a client sends what matches, the server gets it and its answer is lost with the connection. */
  loseAnswerTo(matches: (sent: string) => boolean): void {
    this.#lose = matches;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => { this.#server.close(resolve); });
    this.cut();
    await closed;
  }

  #close(pair: { client: Socket; upstream: Socket }): void {
    pair.client.destroy();
    pair.upstream.destroy();
    this.#pairs.delete(pair);
  }
}
