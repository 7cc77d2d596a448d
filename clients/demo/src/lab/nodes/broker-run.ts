import type { NodesApi } from './api.js';
import type { BrokerEvent, BrokerResult, BrokerSample } from './types.js';

/** One run of the experiment: a socket on which samples come and the slow node is switched. Leaving ends the run on the server too. */
export class BrokerRun {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Starts a run and fulfils with it; `done` gets its result, or the reason why there is none. */
  static async start(api: NodesApi, mode: string, onSample: (sample: BrokerSample) => void, done: (result: BrokerResult | undefined, problem: string) => void): Promise<BrokerRun> {
    const socket = await api.socket();
    let ended = false;
    const end = (result: BrokerResult | undefined, problem: string): void => {
      if (ended) return;
      ended = true;
      done(result, problem);
      socket.close();
    };
    socket.addEventListener('open', () => { socket.send(JSON.stringify({ mode })); });
    socket.addEventListener('message', ({ data }) => {
      const event = JSON.parse(String(data)) as BrokerEvent;
      if (event.sample) onSample(event.sample);
      if (event.result) end(event.result, '');
      if (event.problem !== undefined) end(undefined, event.problem);
    });
    socket.addEventListener('close', () => { end(undefined, 'The connection to the server ended before there was a result.'); });
    return new BrokerRun(socket);
  }

  setSlow(slow: boolean): void {
    this.#send({ slow });
  }

  /** Ends publishing; the result follows. */
  stop(): void {
    this.#send({ stop: true });
  }

  #send(command: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command));
  }
}
