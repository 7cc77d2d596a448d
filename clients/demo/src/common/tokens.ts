/** The server will not sign this name in; asking again would not help. The message is for people. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
}

/** Gets a demo token for a name. Throws {@link SignInRefused} when the server says no, and anything else when it can't be reached. */
export async function demoToken(user: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch('/api/demo/token', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user }),
    });
  } catch (cause) {
    throw new Error('The server can’t be reached. Is it running?', { cause });
  }
  if (response.status === 404) throw new SignInRefused('This server hands out no demo tokens: it expects its own sign-in.');
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && hasText(body, 'token')) return body.token;
  const reason = hasText(body, 'detail') ? body.detail : `The server answered ${response.status}.`;
  if (response.status >= 400 && response.status < 500 && response.status !== 429) throw new SignInRefused(reason);
  throw new Error(reason);
}

function hasText<K extends string>(value: unknown, key: K): value is Record<K, string> {
  return typeof value === 'object' && value !== null && typeof (value as Record<K, unknown>)[key] === 'string';
}
