/** What stands where there is nothing to tell yet. */
export const nothing = '–';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function count(value: number | undefined): string {
  return value === undefined ? nothing : whole.format(value);
}

/** "0.4 ms", "12 ms", "1.35 s": three figures at most, so that a column stays calm. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return nothing;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  return ms < 9_995 ? `${(ms / 1_000).toFixed(2)} s` : `${(ms / 1_000).toFixed(1)} s`;
}

export function bytes(value: number | undefined): string {
  if (value === undefined) return nothing;
  if (value < 999.5) return `${value.toFixed(0)} B`;
  if (value < 1_023_950) return `${(value / 1_024).toFixed(1)} KB`;
  return `${(value / 1_048_576).toFixed(1)} MB`;
}

export function ratio(value: number | undefined): string {
  if (value === undefined) return nothing;
  return value < 9.995 ? value.toFixed(2) : value.toFixed(1);
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
