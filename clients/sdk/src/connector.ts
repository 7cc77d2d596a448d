import type { Backoff } from './backoff.js';
import { Climber } from './climber.js';
import { sleep } from './environment.js';
import { asRealtimeError, type RealtimeError } from './errors.js';
import { ActiveLink, type LinkContext } from './link.js';
import type { TransportSelector } from './selector.js';
import { aborted, isOver, type Ending, type Transport } from './transports/transport.js';
import type { TransportName } from './types.js';
import { WakeUps, type WakeUp } from './wake-ups.js';

/** A connection that lived this long shows that the trouble before it is over: the backoff begins anew. */
const settledMs = 5_000;
/** One that was lost sooner after its proof was perhaps ended by something between client and server that can't bear it. */
const earlyMs = 10_000;

/** What the connector tells the client. */
export interface ConnectorEvents {
  /** A connection is made because the caller asked for it. */
  onConnecting(reason: string): void;
  /** The connection ended, and another is tried at once. */
  onInterrupted(reason: string): void;
  onConnected(transport: TransportName): void;
  onReconnecting(reason: string, retryInMs: number): void;
  onRefused(error: RealtimeError): void;
}

/** What to do after a connection ended. */
type Verdict =
  | { readonly kind: 'again'; readonly reason: string }
  | { readonly kind: 'wait'; readonly reason: string; readonly delayMs: number; readonly error?: RealtimeError }
  | { readonly kind: 'refused'; readonly error: RealtimeError };

/** Keeps one connection: makes it, judges how it ended, and makes the next, until it is stopped or refused. */
export class Connector {
  readonly #context: LinkContext;
  readonly #transports: Readonly<Record<TransportName, Transport>>;
  readonly #selector: TransportSelector;
  readonly #backoff: Backoff;
  readonly #events: ConnectorEvents;
  readonly #climber: Climber;
  readonly #wakeUps: WakeUps;
  #link: ActiveLink | null = null;
  #running: AbortController | null = null;
  /** Ends a pause early. */
  #pause = new AbortController();

  constructor(
    context: Omit<LinkContext, 'onUsable' | 'retryBase'>,
    transports: () => Readonly<Record<TransportName, Transport>>,
    selector: TransportSelector,
    backoff: Backoff,
    events: ConnectorEvents,
  ) {
    this.#context = {
      ...context,
      retryBase: (baseMs) => { backoff.rebase(baseMs); },
      onUsable: (link) => {
        if (link.isProven) {
          context.api.http.meter.stats.connections += 1;
          this.#selector.proven();
          this.#climber.begin();
          void sleep(context.environment, earlyMs, link.signal).then(() => { if (!link.signal.aborted) this.#selector.worked(); });
        }
        events.onConnected(link.transport.name);
      },
    };
    this.#transports = transports();
    this.#climber = new Climber(this.#context, transports(), selector, () => { this.reselect('a better transport works again'); });
    this.#wakeUps = new WakeUps(context.environment, (why) => { this.#wakeUp(why); });
    this.#selector = selector;
    this.#backoff = backoff;
    this.#events = events;
  }

  /** The transport of the present connection, where there is one. */
  get transport(): Transport | null {
    return this.#link?.transport ?? null;
  }

  start(): void {
    if (this.#running !== null) return;
    this.#running = new AbortController();
    this.#wakeUps.start();
    this.#events.onConnecting('started');
    void this.#loop(this.#running.signal);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
    this.#wakeUps.stop();
    this.#climber.stop();
    this.#link?.close();
    this.#pause.abort();
  }

  /** Goes over to what the selector says now, from the cursor; does nothing when that is in use. */
  reselect(reason: string): void {
    this.#climber.stop();
    if (this.#running === null) return;
    const link = this.#link;
    if (link?.isProven === true && !link.signal.aborted && link.transport.name === this.#selector.current) {
      this.#events.onConnected(link.transport.name);
      return;
    }
    this.#events.onConnecting(reason);
    this.#link?.replace();
    this.#pause.abort();
  }

  /** Subscriptions or the poll interval changed. */
  notify(what: 'channels' | 'interval'): void {
    this.#link?.notify(what);
  }

  /**
   * A pause ends at once. A connection from before is not asked whether it lives, which a dead one answers by silence: another takes its place, and goes on
   * from the cursor.
   */
  #wakeUp(why: WakeUp): void {
    this.#pause.abort();
    const link = this.#link;
    if (why === 'visible' || link?.isProven !== true) return;
    this.#events.onInterrupted(why === 'online' ? 'the network is there again' : 'the machine slept');
    link.replace();
  }

  async #loop(running: AbortSignal): Promise<void> {
    while (!running.aborted) {
      const transport = this.#transports[this.#selector.current];
      this.#context.api.http.meter.transport = transport.name;
      const link = this.#link = new ActiveLink(transport, this.#context);
      const verdict = await this.#run(link, running);
      if (this.#link === link) this.#link = null;
      if (isOver(running)) return;
      if (link.isReplaced) continue;
      if (verdict.kind === 'refused') {
        this.#running = null;
        this.#wakeUps.stop();
        this.#climber.stop();
        this.#events.onRefused(verdict.error);
        return;
      }
      if (verdict.kind === 'again') {
        this.#events.onInterrupted(verdict.reason);
        continue;
      }
      await this.#wait(verdict);
    }
  }

  async #run(link: ActiveLink, running: AbortSignal): Promise<Verdict> {
    try {
      const ending = await link.run();
      return await this.#afterEnding(ending);
    } catch (thrown) {
      const error = asRealtimeError(thrown);
      this.#context.report({ error, context: 'connection' });
      return link.isProven && error.problem === null ? await this.#afterLoss(link, error, running) : await this.#afterFailure(link, error, running);
    }
  }

  async #wait({ reason, delayMs, error }: Verdict & { kind: 'wait' }): Promise<void> {
    this.#pause = new AbortController();
    this.#context.api.http.meter.stats.reconnects += 1;
    this.#events.onReconnecting(error?.message ?? reason, delayMs);
    await sleep(this.#context.environment, delayMs, this.#pause.signal);
  }

  async #afterEnding(ending: Ending): Promise<Verdict> {
    if (ending.kind === 'drain') {
      return { kind: 'wait', reason: 'The server is going down and asked to come back later.', delayMs: ending.afterMs };
    }
    if (ending.kind === 'backlog') {
      this.#events.onInterrupted('waiting for the handlers to catch up');
      this.#pause = new AbortController();
      await Promise.race([this.#context.delivery.idle, aborted(this.#pause.signal)]);
    }
    return { kind: 'again', reason: 'the connection was closed by the client' };
  }

  /** A connection that worked was lost. */
  async #afterLoss(link: ActiveLink, error: RealtimeError, running: AbortSignal): Promise<Verdict> {
    if (error.code === 'refused') return { kind: 'refused', error };
    const { ageMs } = link;
    if (ageMs >= settledMs) this.#backoff.reset();
    if (ageMs >= earlyMs || error.byServer) return this.#later(error);
    // A server that is away takes every transport with it: that counts against none.
    if (this.#selector.isDoubtful && (await this.#reach(running)) !== null) return this.#later(error);
    if (!isOver(running) && !link.isReplaced && this.#selector.diedEarly()) return { kind: 'again', reason: error.message };
    return this.#later(error);
  }

  /** A connection could not be made, or was answered with a problem. */
  async #afterFailure(link: ActiveLink, error: RealtimeError, running: AbortSignal): Promise<Verdict> {
    const { subscriptions } = this.#context;
    if (error.status === 401 || error.code === 'refused') return { kind: 'refused', error };
    if (error.problem !== null && error.isTransient) return this.#later(error);
    if (error.problem === null) {
      const unreachable = await this.#reach(running);
      if (unreachable?.status === 401) return { kind: 'refused', error: unreachable };
      if (unreachable !== null) return this.#later(unreachable);
    }
    // The refusal of several channels, or of a WebSocket's handshake, doesn't tell what it is about.
    if (await this.#dropForbidden(link, running)) {
      const isNothingLeft = subscriptions.entries.length === 0 && !link.wasUsable;
      return isNothingLeft ? { kind: 'refused', error } : { kind: 'again', reason: 'a channel was refused' };
    }
    // Judged for a connection that nobody wants any more: the next transport has been chosen already.
    if (isOver(running) || link.isReplaced) return { kind: 'again', reason: error.message };
    if (this.#selector.failed()) return { kind: 'again', reason: error.message };
    // Nothing is wrong with token and channels, and no transport is left: the server doesn't want this page's origin.
    return error.problem === null ? this.#later(error) : { kind: 'refused', error };
  }

  #later(error: RealtimeError): Verdict {
    return { kind: 'wait', reason: error.message, error, delayMs: this.#backoff.next(error.retryAfterMs) };
  }

  /** Null when the server itself can be reached, so that the fault is the transport's; otherwise the error. */
  async #reach(running: AbortSignal): Promise<RealtimeError | null> {
    try {
      await this.#context.api.ticket(running, this.#context.limits.proofTimeoutMs);
      return null;
    } catch (error) {
      return asRealtimeError(error);
    }
  }

  /** Finds out which of the channels that are not read yet may not be read, and drops those; true when there were any. */
  async #dropForbidden(link: ActiveLink, running: AbortSignal): Promise<boolean> {
    const { subscriptions, api } = this.#context;
    let some = false;
    for (const entry of subscriptions.entries.filter(({ join }) => join !== 'joined')) {
      try {
        await api.history(entry.channel, { limit: 1 }, running);
      } catch (thrown) {
        const error = asRealtimeError(thrown);
        if (error.problem === null || error.isTransient) continue;
        some = true;
        link.refuse(entry, error);
      }
    }
    return some;
  }
}
