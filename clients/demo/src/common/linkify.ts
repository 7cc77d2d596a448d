export interface Token {
  readonly text: string;
  /** Present where the text is a web address that is safe to follow. */
  readonly href?: string;
}

const candidate = /https?:\/\/[^\s<>"'`]+/giu;
const pairs: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** Splits text into plain parts and http(s) addresses. Joined again, the tokens' texts are the text. */
export function linkify(text: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(candidate)) {
    const address = withoutTrailingPunctuation(match[0]);
    const href = webAddress(address);
    if (href === undefined) continue;
    if (match.index > end) tokens.push({ text: text.slice(end, match.index) });
    tokens.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) tokens.push({ text: text.slice(end) });
  return tokens;
}

/** "(see https://a.example/b)." means the address without ")."; a bracket that the address itself opened stays. */
function withoutTrailingPunctuation(address: string): string {
  let result = address;
  for (;;) {
    const last = result.at(-1) ?? '';
    const opening = pairs[last];
    const closesNothing = opening !== undefined && count(result, opening) < count(result, last);
    if (!'.,;:!?…'.includes(last) && !closesNothing) return result;
    result = result.slice(0, -1);
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function webAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
}
