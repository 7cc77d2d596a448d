/** Events with typed payloads. What a handler throws goes to `onHandlerError` and stops no other handler. */
export class Emitter<Events extends object> {
  readonly #handlers = new Map<keyof Events, Set<(payload: never) => void>>();
  readonly #onHandlerError: (error: unknown, event: keyof Events) => void;

  constructor(onHandlerError: (error: unknown, event: keyof Events) => void) {
    this.#onHandlerError = onHandlerError;
  }

  on<K extends keyof Events>(event: K, handler: (payload: Events[K]) => void): () => void {
    let handlers = this.#handlers.get(event);
    if (handlers === undefined) this.#handlers.set(event, (handlers = new Set()));
    // Wrapped, so that the same function added twice is called twice and removed once.
    const entry = (payload: Events[K]) => { handler(payload); };
    handlers.add(entry);
    return () => { handlers.delete(entry); };
  }

  emit<K extends keyof Events>(event: K, payload: Events[K]): void {
    for (const handler of [...(this.#handlers.get(event) ?? [])]) {
      try {
        (handler as (payload: Events[K]) => void)(payload);
      } catch (error) {
        this.#onHandlerError(error, event);
      }
    }
  }
}
