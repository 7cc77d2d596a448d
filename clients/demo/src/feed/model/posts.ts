/** A post as the server gives it. */
export interface Post {
  readonly channel: string;
  readonly offset: number;
  readonly id: string;
  readonly user: string;
  readonly time: string;
  readonly data: unknown;
}

/** The order of a timeline: newest first by time, then by id, then by author, as the server has it. */
export function newestFirst(left: Post, right: Post): number {
  return compare(right.time, left.time) || compare(right.id, left.id) || compare(right.channel, left.channel);
}

/** What a person sees of a timeline: the posts that are shown, and those that came meanwhile and wait to be asked for. */
export class Posts {
  #shown: Post[] = [];
  #waiting: Post[] = [];

  get shown(): readonly Post[] { return this.#shown; }
  get waiting(): readonly Post[] { return this.#waiting; }

  /** Takes the newest page in place of all that is shown; older pages are read again as the person scrolls. */
  start(page: readonly Post[]): void {
    this.#shown = [...page].sort(newestFirst);
    this.#waiting = [];
  }

  /** Adds older posts, below. */
  addOlder(page: readonly Post[]): void {
    const known = new Set(this.#shown.map(keyOf));
    this.#shown = [...this.#shown, ...page.filter((post) => !known.has(keyOf(post)))].sort(newestFirst);
  }

  /** Takes a post that was just written: shown at once, or kept until the person asks, so that what is being read does not move. */
  arrive(post: Post, show: boolean): void {
    if ([...this.#shown, ...this.#waiting].some((one) => keyOf(one) === keyOf(post))) return;
    if (show) this.#shown = [post, ...this.#shown].sort(newestFirst);
    else this.#waiting = [post, ...this.#waiting].sort(newestFirst);
  }

  /** Shows what waits. */
  showWaiting(): void {
    this.#shown = [...this.#waiting, ...this.#shown].sort(newestFirst);
    this.#waiting = [];
  }

  /** Takes a deleted post away; false where it is not here. */
  remove(author: string, id: string): boolean {
    const stays = (post: Post): boolean => post.user !== author || post.id !== id;
    const before = this.#shown.length + this.#waiting.length;
    this.#shown = this.#shown.filter(stays);
    this.#waiting = this.#waiting.filter(stays);
    return this.#shown.length + this.#waiting.length < before;
  }
}

export function keyOf(post: Post): string {
  return `${post.channel} ${post.offset}`;
}

/** The text of a post, whatever wrote it. */
export function textOf(post: Post): string {
  const { data } = post;
  if (typeof data === 'string') return data;
  if (typeof data === 'object' && data !== null && 'text' in data && typeof data.text === 'string') return data.text;
  return JSON.stringify(data, undefined, 2);
}

export function isPost(value: unknown): value is Post {
  if (typeof value !== 'object' || value === null) return false;
  const post = value as Record<string, unknown>;
  return typeof post['channel'] === 'string' && typeof post['offset'] === 'number' && typeof post['id'] === 'string'
    && typeof post['user'] === 'string' && typeof post['time'] === 'string' && 'data' in post;
}

/** How long ago, in few words. */
export function ageOf(time: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  if (seconds < 60) return 'now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return new Date(time).toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
