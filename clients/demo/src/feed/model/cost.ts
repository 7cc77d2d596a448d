export const strategies = ['auto', 'push', 'pull', 'hybrid'] as const;
export type Strategy = typeof strategies[number];

/** What a read of a timeline took, as the server counts it, and how long it took from here. */
export interface Cost {
  readonly mailboxReads: number;
  readonly sourceReads: number;
  readonly merged: number;
  readonly tookMs: number;
}

export const strategyText: Record<Strategy, { readonly name: string; readonly hint: string }> = {
  auto: { name: 'Auto', hint: 'Pushed until you have a few unread posts of somebody; the rest is pulled when you read.' },
  push: { name: 'Push', hint: 'Written into your mailbox when it is posted. Reading is one look.' },
  pull: { name: 'Pull', hint: 'Gathered from everybody you follow when you read. Writing costs nothing.' },
  hybrid: { name: 'Hybrid', hint: 'Pushed, but pulled from those with very many followers.' },
};

export function isStrategy(value: unknown): value is Strategy {
  return typeof value === 'string' && (strategies as readonly string[]).includes(value);
}

/** The cost in a sentence. */
export function costText(cost: Cost): string {
  const mailbox = cost.mailboxReads === 0 ? 'no mailbox' : cost.mailboxReads === 1 ? 'one read of the mailbox' : `${cost.mailboxReads} reads of the mailbox`;
  const sources = cost.sourceReads === 0 ? 'no author was asked' : cost.sourceReads === 1 ? 'one author was asked' : `${cost.sourceReads} authors were asked`;
  return `${capital(mailbox)}, ${sources}, ${cost.merged} ${cost.merged === 1 ? 'reference' : 'references'} merged. ${cost.tookMs.toFixed(1)} ms.`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
