/** One event of a stream. */
export interface SseEvent {
  readonly event: string;
  readonly data: string;
  /** The `id` of this very event, or null. */
  readonly id: string | null;
}

/** What a chunk of the stream completed. */
export interface SseChunk {
  readonly events: readonly SseEvent[];
  /** The last `retry:` in it, in milliseconds, or null. */
  readonly retryMs: number | null;
}

/**
 * A parser for `text/event-stream`. Chunks may end anywhere: inside a character, inside a line, between CR and LF.
 * Unlike a browser's, its events carry their own id only, since that is what the protocol's cursor goes by.
 */
export class SseParser {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #skipLineFeed = false;
  #event = '';
  #data: string[] = [];
  #id: string | null = null;

  push(chunk: Uint8Array): SseChunk {
    const events: SseEvent[] = [];
    let retryMs: number | null = null;
    let text = this.#decoder.decode(chunk, { stream: true });
    if (this.#skipLineFeed && text !== '') {
      // A CR ended the line already; an LF that follows in another chunk belongs to it.
      if (text.startsWith('\n')) text = text.slice(1);
      this.#skipLineFeed = false;
    }
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#skipLineFeed = text.endsWith('\r');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        const event = this.#take();
        if (event !== null) events.push(event);
        continue;
      }
      retryMs = this.#field(line) ?? retryMs;
    }
    return { events, retryMs };
  }

  /** Takes a line in; the answer is the time of a `retry:`. */
  #field(line: string): number | null {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.startsWith(' ', colon + 1) ? colon + 2 : colon + 1);
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) return Number(value);
    return null;
  }

  #take(): SseEvent | null {
    const event = this.#data.length === 0
      ? null
      : { event: this.#event === '' ? 'message' : this.#event, data: this.#data.join('\n'), id: this.#id };
    this.#event = '';
    this.#data = [];
    this.#id = null;
    return event;
  }
}
