import { RealtimeClient, type Signal } from '@realtime/sdk';
import { byId, el, setText } from '../common/dom.js';
import { shared } from '../common/storage.js';
import { demoToken } from '../common/tokens.js';
import { nameProblem } from '../common/names.js';
import { transportText } from '../common/transports.js';
import { FeedApi } from './feed-api.js';
import { costText, isStrategy, strategies, strategyText, type Cost, type Strategy } from './model/cost.js';
import { isPost, Posts, type Post } from './model/posts.js';
import { drawPost } from './view/post-view.js';

/** Below it the newest posts are in sight, and what arrives is shown at once. */
const topWithin = 80;

/** The timeline of one person. */
export class FeedPage {
  readonly #user: string;
  readonly #api: FeedApi;
  readonly #client: RealtimeClient;
  readonly #posts = new Posts();
  readonly #list = byId('posts', HTMLOListElement);
  readonly #more = byId('more', HTMLButtonElement);
  readonly #news = byId('news', HTMLButtonElement);
  readonly #state = byId('feed-state', HTMLElement);
  readonly #sight = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) void this.#older(); }, { rootMargin: '400px' });
  #strategy: Strategy;
  #next: string | null = null;
  #reading = 0;

  constructor(user: string) {
    this.#user = user;
    let token: Promise<string> | undefined;
    const tokens = (): Promise<string> => token ??= demoToken(user).catch((error: unknown) => {
      token = undefined;
      throw error;
    });
    this.#api = new FeedApi(user, tokens);
    this.#client = new RealtimeClient({ url: location.origin, token: () => demoToken(user) });
    const remembered = shared.get('feed-strategy');
    this.#strategy = isStrategy(remembered) ? remembered : 'auto';
  }

  /** Shows the page. `signOut` is called once the session has ended. */
  show(signOut: () => void): void {
    byId('feed', HTMLElement).hidden = false;
    setText(byId('my-name', HTMLElement), this.#user);
    byId('sign-out', HTMLButtonElement).onclick = () => {
      void this.#client.stop();
      signOut();
    };
    this.#bindStrategies();
    this.#bindComposer();
    this.#bindFollows();
    this.#more.onclick = () => void this.#older();
    this.#news.onclick = () => {
      this.#posts.showWaiting();
      this.#draw();
      window.scrollTo({ top: 0 });
    };
    this.#sight.observe(this.#more);
    this.#client.on('state', ({ state }) => {
      setText(byId('live', HTMLElement), state === 'connected' && this.#client.transport !== null ? `Live by ${transportText[this.#client.transport].name}` : 'Connecting…');
      // Whatever was signalled while there was no connection is in the timeline.
      if (state === 'connected') void this.#refresh();
    });
    this.#client.subscribe(`timeline:${this.#user}`, { onMessage: () => undefined, onSignal: (signal) => { this.#signalled(signal); } });
    void this.#client.start().catch((error: unknown) => { this.#complain(error); });
    void this.#loadFollows();
  }

  #signalled(signal: Signal): void {
    const data = signal.data as { id?: unknown; author?: unknown } | null;
    if (signal.type === 'post' && isPost(signal.data)) {
      this.#posts.arrive(signal.data, signal.data.user === this.#user || window.scrollY < topWithin);
    } else if (signal.type === 'delete' && typeof data?.id === 'string' && typeof data.author === 'string') {
      if (!this.#posts.remove(data.author, data.id)) return;
    } else {
      return;
    }
    this.#draw();
  }

  /** Reads the newest page. Of two reads that overlap the later one counts. */
  async #refresh(): Promise<void> {
    const number = ++this.#reading;
    this.#list.setAttribute('aria-busy', 'true');
    try {
      const page = await this.#api.timeline(this.#strategy, null);
      if (number !== this.#reading) return;
      this.#posts.start(page.posts);
      this.#next = page.next;
      this.#showCost(page.cost);
      this.#draw();
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#list.removeAttribute('aria-busy');
    }
  }

  async #older(): Promise<void> {
    if (this.#next === null || this.#more.disabled) return;
    const [number, before] = [this.#reading, this.#next];
    this.#more.disabled = true;
    try {
      const page = await this.#api.timeline(this.#strategy, before);
      if (number !== this.#reading) return;
      this.#posts.addOlder(page.posts);
      this.#next = page.next;
      this.#showCost(page.cost);
      this.#draw();
      // It tells of changes alone: an end that is still in sight after this page is looked at anew.
      this.#sight.unobserve(this.#more);
      this.#sight.observe(this.#more);
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#more.disabled = false;
    }
  }

  #draw(): void {
    this.#list.replaceChildren(...this.#posts.shown.map((post) => drawPost(post, post.user === this.#user, (one) => void this.#delete(one))));
    const waiting = this.#posts.waiting.length;
    this.#news.hidden = waiting === 0;
    setText(this.#news, waiting === 1 ? 'Show 1 new post' : `Show ${waiting} new posts`);
    this.#more.hidden = this.#next === null;
    setText(this.#state, this.#posts.shown.length === 0 ? 'Nothing here yet. Follow somebody, or write the first post.' : '');
  }

  #showCost(cost: Cost): void {
    setText(byId('cost', HTMLElement), costText(cost));
  }

  #bindStrategies(): void {
    const form = byId('strategies', HTMLFormElement);
    for (const strategy of strategies) {
      const { name, hint } = strategyText[strategy];
      form.append(el(
        'label', { 'class': 'choice' },
        el('input', { type: 'radio', name: 'strategy', value: strategy, checked: strategy === this.#strategy }),
        el('span', {}, el('b', {}, name), el('small', {}, hint)),
      ));
    }
    form.onchange = () => {
      const chosen = new FormData(form).get('strategy');
      if (!isStrategy(chosen)) return;
      this.#strategy = chosen;
      shared.set('feed-strategy', chosen);
      void this.#refresh();
    };
    byId('refresh', HTMLButtonElement).onclick = () => void this.#refresh();
  }

  #bindComposer(): void {
    const form = byId('post-form', HTMLFormElement);
    const text = byId('post-text', HTMLTextAreaElement);
    const button = byId('post', HTMLButtonElement);
    const allow = (): void => { button.disabled = text.value.trim() === ''; };
    text.oninput = allow;
    text.onkeydown = (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit(); };
    form.onsubmit = (event) => {
      event.preventDefault();
      const written = text.value.trim();
      if (written === '') return;
      button.disabled = true;
      // Named here, so that sending it again after a lost answer is harmless.
      this.#api.post(crypto.randomUUID(), written).then(
        () => {
          this.#complain(undefined);
          text.value = '';
          allow();
        },
        (error: unknown) => {
          this.#complain(error);
          allow();
        },
      );
    };
    allow();
  }

  async #delete(post: Post): Promise<void> {
    try {
      await this.#api.deletePost(post.id);
      this.#posts.remove(post.user, post.id);
      this.#draw();
    } catch (error) {
      this.#complain(error);
    }
  }

  #bindFollows(): void {
    const form = byId('follow-form', HTMLFormElement);
    const field = byId('follow-name', HTMLInputElement);
    const problem = byId('follow-problem', HTMLElement);
    form.onsubmit = (event) => {
      event.preventDefault();
      const author = field.value.trim();
      const wrong = nameProblem(author) ?? (author === this.#user ? 'You see your own posts anyway.' : undefined);
      setText(problem, wrong ?? '');
      if (wrong !== undefined) return;
      this.#api.follow(author).then(
        () => {
          field.value = '';
          void this.#loadFollows();
          void this.#refresh();
        },
        (error: unknown) => { setText(problem, messageOf(error)); },
      );
    };
  }

  async #loadFollows(): Promise<void> {
    try {
      const [follows, followers] = await Promise.all([this.#api.follows(), this.#api.followers()]);
      setText(byId('counts', HTMLElement), `Following ${follows.count} · ${followers} ${followers === 1 ? 'follower' : 'followers'}`);
      byId('follow-list', HTMLUListElement).replaceChildren(...follows.users.map((author) => el(
        'li', {}, el('bdi', {}, author),
        el('button', { 'class': 'button small', 'type': 'button', 'aria-label': `Unfollow ${author}`, 'onclick': () => void this.#unfollow(author) }, 'Unfollow'),
      )));
    } catch (error) {
      this.#complain(error);
    }
  }

  async #unfollow(author: string): Promise<void> {
    try {
      await this.#api.unfollow(author);
      await Promise.all([this.#loadFollows(), this.#refresh()]);
    } catch (error) {
      this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    const notice = byId('notice', HTMLElement);
    notice.hidden = error === undefined;
    setText(notice, error === undefined ? '' : messageOf(error));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.';
}
