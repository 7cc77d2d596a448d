import { describe, expect, it } from 'vitest';
import { costText } from '../../src/feed/model/cost.js';
import { ageOf, isPost, Posts, textOf, type Post } from '../../src/feed/model/posts.js';

const post = (user: string, offset: number, second: number): Post => ({
  channel: `posts:${user}`, offset, id: `${user}${offset}`, user, time: new Date(1_767_600_000_000 + second * 1000).toISOString(), data: { text: `${user} ${offset}` },
});
const ids = (posts: readonly Post[]): string[] => posts.map((one) => one.id);

describe('posts of a timeline', () => {
  it('are newest first, and each there once, however they came', () => {
    const posts = new Posts();
    posts.start([post('ann', 2, 20), post('bob', 1, 30)]);
    posts.addOlder([post('ann', 1, 10), post('ann', 2, 20)]);
    posts.arrive(post('bob', 2, 40), true);
    posts.arrive(post('bob', 2, 40), true);
    expect(ids(posts.shown)).toEqual(['bob2', 'bob1', 'ann2', 'ann1']);
  });

  it('that come while something is read wait until they are asked for', () => {
    const posts = new Posts();
    posts.start([post('ann', 1, 10)]);
    posts.arrive(post('bob', 2, 40), false);
    posts.arrive(post('bob', 1, 30), false);
    posts.arrive(post('bob', 1, 30), true);
    expect([ids(posts.shown), ids(posts.waiting)]).toEqual([['ann1'], ['bob2', 'bob1']]);
    posts.showWaiting();
    expect([ids(posts.shown), ids(posts.waiting)]).toEqual([['bob2', 'bob1', 'ann1'], []]);
  });

  it('that were deleted are gone, shown or waiting, and nobody else’s of the same id', () => {
    const posts = new Posts();
    posts.start([post('ann', 1, 10), { ...post('bob', 1, 5), id: 'ann1' }]);
    posts.arrive(post('cid', 1, 40), false);
    expect(posts.remove('ann', 'ann1')).toBe(true);
    expect(posts.remove('ann', 'ann1')).toBe(false);
    expect(posts.remove('cid', 'cid1')).toBe(true);
    expect([posts.shown.map((one) => one.user), posts.waiting]).toEqual([['bob'], []]);
  });

  it('of one time and id are ordered by author, as on the server', () => {
    const posts = new Posts();
    const same = (user: string): Post => ({ ...post(user, 1, 10), id: 'same' });
    posts.start([same('ann'), same('eve'), same('bob')]);
    expect(posts.shown.map((one) => one.user)).toEqual(['eve', 'bob', 'ann']);
  });

  it('are shown whatever wrote them', () => {
    expect(textOf({ ...post('ann', 1, 1), data: 'plain' })).toBe('plain');
    expect(textOf({ ...post('ann', 1, 1), data: { headline: 1 } })).toBe('{\n  "headline": 1\n}');
    expect(isPost({ channel: 'posts:ann' })).toBe(false);
    expect(isPost(post('ann', 1, 1))).toBe(true);
  });
});

describe('words', () => {
  it('tell how long ago a post was', () => {
    const now = Date.parse('2026-01-05T12:00:00Z');
    expect(ageOf('2026-01-05T11:59:30Z', now)).toBe('now');
    expect(ageOf('2026-01-05T11:15:00Z', now)).toBe('45 min');
    expect(ageOf('2026-01-05T03:00:00Z', now)).toBe('9 h');
    expect(ageOf('2026-01-05T12:00:05Z', now)).toBe('now');
  });

  it('tell what a read took', () => {
    expect(costText({ mailboxReads: 1, sourceReads: 0, merged: 20, tookMs: 3.14 })).toBe('One read of the mailbox, no author was asked, 20 references merged. 3.1 ms.');
    expect(costText({ mailboxReads: 0, sourceReads: 7, merged: 1, tookMs: 12 })).toBe('No mailbox, 7 authors were asked, 1 reference merged. 12.0 ms.');
  });
});
