/** A feed's workload as the server takes it. */
export interface Workload {
  readonly authors: number;
  readonly readers: number;
  readonly followersMean: number;
  readonly followersMax: number;
  readonly postsPerAuthorPerDay: number;
  readonly readsPerReaderPerDay: number;
  readonly activeShare: number;
  readonly freshnessSeconds: number;
  readonly replay: boolean;
  readonly rateControl: boolean;
  readonly proxies: string;
  readonly battery: boolean;
}

export interface Cost {
  readonly mailboxWritesPerDay: number;
  readonly sourceReadsPerDay: number;
  readonly cpuSecondsPerDay: number;
  readonly toOptimum: number;
  readonly fanOutMs: number;
  readonly readMicros: number;
}

export const strategies = ['push', 'pull', 'hybrid'] as const;
export type Strategy = typeof strategies[number];

/** What the server answers. */
export interface Advice {
  readonly recommendation: Strategy;
  readonly transport: string;
  readonly reasons: readonly string[];
  readonly costs: Readonly<Record<Strategy, Cost>>;
  readonly boxes: Readonly<Record<string, boolean>>;
  readonly breakEven: { readonly postsPerRead: number; readonly postsPerAuthorPerDay: number; readonly readsPerReaderPerDay: number };
  readonly sensitivity: readonly { readonly change: string; readonly recommendation: Strategy }[];
  readonly units: { readonly mailboxWriteNs: number; readonly sourceReadNs: number; readonly headCheckNs: number; readonly mailboxReadNs: number; readonly rho: number };
  readonly workload: Workload;
}

type NumberField = { [K in keyof Workload]: Workload[K] extends number ? K : never }[keyof Workload];
type FlagField = { [K in keyof Workload]: Workload[K] extends boolean ? K : never }[keyof Workload];

/** The fields of the form, in the order in which a person thinks of them. */
export const numberFields: readonly { readonly field: NumberField; readonly label: string; readonly hint: string }[] = [
  { field: 'authors', label: 'Authors', hint: 'people who post' },
  { field: 'readers', label: 'Readers', hint: 'people who follow somebody' },
  { field: 'followersMean', label: 'Followers of an author', hint: 'on average' },
  { field: 'followersMax', label: 'Followers of the most followed', hint: '' },
  { field: 'postsPerAuthorPerDay', label: 'Posts of an author', hint: 'a day' },
  { field: 'readsPerReaderPerDay', label: 'Reads of an active reader', hint: 'a day' },
  { field: 'activeShare', label: 'Share of active readers', hint: '0 to 1' },
  { field: 'freshnessSeconds', label: 'A post may be unseen for', hint: 'seconds' },
];

export const flagFields: readonly { readonly field: FlagField; readonly label: string }[] = [
  { field: 'replay', label: 'Readers go back to what they have read' },
  { field: 'rateControl', label: 'Readers decide how fast messages come' },
  { field: 'battery', label: 'Readers are on phones' },
];

export const proxyKinds: Readonly<Record<string, string>> = {
  'none': 'Nothing unusual',
  'no-websocket': 'Proxies that refuse WebSocket',
  'buffering': 'Proxies that hold answers back',
};

/** A number with at most three digits that mean something. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '∞';
  if (value === 0) return '0';
  const units: readonly [number, string][] = [[1e9, ' G'], [1e6, ' M'], [1e4, ' k']];
  for (const [size, unit] of units) if (Math.abs(value) >= size) return trim(value / (unit === ' k' ? 1e3 : size)) + unit;
  return trim(value);
}

function trim(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString();
}

/** `freshEnoughByPull` as words. */
export function words(name: string): string {
  const text = name.replace(/([a-z])([A-Z])/g, (_, left: string, right: string) => `${left} ${right.toLowerCase()}`);
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
