import { describe, expect, it } from 'vitest';
import { linkify } from '../../src/common/linkify.js';

const links = (text: string): (string | undefined)[] => linkify(text).filter((token) => token.href !== undefined).map((token) => token.text);

describe('linkify', () => {
  it('finds http and https addresses and leaves the rest as text', () => {
    expect(linkify('see https://example.org/a?b=1#c now')).toEqual([
      { text: 'see ' },
      { text: 'https://example.org/a?b=1#c', href: 'https://example.org/a?b=1#c' },
      { text: ' now' },
    ]);
  });

  it.each([
    ['(https://example.org/b).', ['https://example.org/b']],
    ['https://example.org/wiki/A_(b)!', ['https://example.org/wiki/A_(b)']],
    ['https://a.example, https://b.example;', ['https://a.example', 'https://b.example']],
    ['<https://example.org>', ['https://example.org']],
    ['"https://example.org/x"', ['https://example.org/x']],
    ['HTTPS://EXAMPLE.ORG/', ['HTTPS://EXAMPLE.ORG/']],
  ])('leaves punctuation around %s out', (text, expected) => {
    expect(links(text)).toEqual(expected);
  });

  it.each(['javascript:alert(1)', 'data:text/html,<b>', 'ftp://example.org', 'https://', 'http:// spaced', 'xhttp:/no'])('makes no link of %s', (text) => {
    expect(links(text)).toEqual([]);
  });

  it.each(['', 'plain', 'a https://x.example/… b', '<b>https://x.example</b>', 'https://\u{1F600}.example'])('keeps every character of %j', (text) => {
    expect(linkify(text).map((token) => token.text).join('')).toBe(text);
  });
});
