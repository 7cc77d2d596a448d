import type { WebSocket } from 'ws';
import type { Signal } from '../../src/index.js';
import { mergeCursors, withoutChannels } from './channel-store.js';
import type { ProtocolServer } from './protocol-server.js';

interface ClientFrame {
  readonly ref?: number;
  readonly publish?: { channel: string; data: unknown; id?: string; type?: string };
  readonly signal?: { channel: string; type: string; data?: unknown };
  readonly subscribe?: { channels: string[]; cursor?: string };
  readonly unsubscribe?: { channels: string[] };
}

/** The server's end of one plain WebSocket. */
export class SocketSession {
  /** Frames of the client, in order. */
  readonly frames: ClientFrame[] = [];
  /** How many of the next publish frames are carried out and never acknowledged. */
  loseAcks = 0;
  readonly #socket: WebSocket;
  readonly #server: ProtocolServer;
  #channels: string[];
  #cursor: string;

  constructor(socket: WebSocket, server: ProtocolServer, channels: string[], cursor: string | null) {
    this.#socket = socket;
    this.#server = server;
    this.#channels = channels;
    const { store } = server;
    this.#cursor = store.read(channels, cursor, 0).cursor;
    if (cursor !== null && cursor !== 'latest' && cursor !== 'earliest') this.#cursor = mergeCursors(this.#cursor, cursor);
    this.send({ messages: [], cursor: this.#cursor });
    this.send({ ping: 1 });
    const stop = store.listen((signal) => {
      if (signal === null) this.#write();
      else if (this.#channels.includes(signal.channel)) this.send({ signal });
    });
    socket.on('close', stop);
    // A frame that is too large is answered with a close code by the library; the error only says so.
    socket.on('error', stop);
    socket.on('message', (text) => { this.#handle(JSON.parse((text as Buffer).toString()) as ClientFrame); });
    this.#write();
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  #write(): void {
    const { cursor, messages, gaps } = this.#server.store.read(this.#channels, this.#cursor);
    for (const gap of gaps) this.send({ gap });
    this.#cursor = cursor;
    if (messages.length > 0) this.send({ messages, cursor });
  }

  #handle(frame: ClientFrame): void {
    this.frames.push(frame);
    const { ref } = frame;
    const { store, faults } = this.#server;
    const names = frame.subscribe?.channels ?? (frame.publish === undefined ? [] : [frame.publish.channel]);
    if (names.some((name) => faults.forbidden.has(name))) {
      this.send({ error: { ref, type: 'urn:realtime:forbidden', title: 'forbidden', status: 403 } });
    } else if (frame.publish !== undefined) {
      const { channel, data, ...options } = frame.publish;
      const { ack } = store.publish(channel, data, options);
      if (this.loseAcks > 0) this.loseAcks -= 1;
      else this.send({ ack: { ref, ...ack } });
    } else if (frame.signal !== undefined) {
      const signal: Signal = { ...frame.signal, user: 'socket', time: new Date().toISOString() };
      store.signal(signal);
    } else if (frame.subscribe !== undefined) {
      const { channels, cursor = null } = frame.subscribe;
      const start = store.read(channels, cursor, 0).cursor;
      this.#channels.push(...channels);
      const isWord = cursor === null || cursor === 'latest' || cursor === 'earliest';
      this.#cursor = mergeCursors(this.#cursor, isWord ? start : mergeCursors(start, cursor));
      this.send({ ack: { ref, cursor: this.#cursor } });
      this.#write();
    } else if (frame.unsubscribe !== undefined) {
      const { channels } = frame.unsubscribe;
      this.#channels = this.#channels.filter((name) => !channels.includes(name));
      this.#cursor = withoutChannels(this.#cursor, channels);
      this.send({ ack: { ref } });
    }
  }
}
