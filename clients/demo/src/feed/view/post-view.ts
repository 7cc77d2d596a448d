import { el, icon } from '../../common/dom.js';
import { paintAvatar } from '../../common/avatar.js';
import { linkify } from '../../common/linkify.js';
import { ageOf, keyOf, textOf, type Post } from '../model/posts.js';

/** One post of the timeline. */
export function drawPost(post: Post, own: boolean, remove: (post: Post) => void): HTMLLIElement {
  const mark = el('span', { 'class': 'avatar', 'aria-hidden': true });
  paintAvatar(mark, post.user);
  const text = el('p', { 'class': 'post-text' }, ...linkify(textOf(post)).map((part) =>
    part.href === undefined ? part.text : el('a', { href: part.href, rel: 'noopener noreferrer nofollow', target: '_blank' }, part.text)));
  return el(
    'li', { 'class': 'post', 'data-key': keyOf(post), 'data-author': post.user },
    mark,
    el(
      'article', { 'class': 'post-body' },
      el(
        'header', {},
        el('bdi', { 'class': 'post-author' }, post.user),
        el('time', { datetime: post.time, title: new Date(post.time).toLocaleString() }, ageOf(post.time, Date.now())),
        own && el('button', { 'class': 'icon-button delete', 'type': 'button', 'aria-label': 'Delete this post', 'title': 'Delete', 'onclick': () => { remove(post); } },
          icon('M4 6h12M8 6V4h4v2M6 6l.6 10h6.8L14 6')),
      ),
      text,
    ),
  );
}
