export type Value = number | null;

/** Columns of equal length for a chart: x first. Old points make room, so that a lab can run all day. */
export class Columns {
  readonly #capacity: number;
  readonly #columns: Value[][];

  constructor(series: number, capacity: number) {
    this.#capacity = capacity;
    this.#columns = Array.from({ length: series + 1 }, () => []);
  }

  push(x: number, values: readonly Value[]): void {
    this.#columns.forEach((column, index) => {
      column.push(index === 0 ? x : (values[index - 1] ?? null));
      if (column.length > this.#capacity) column.shift();
    });
  }

  clear(): void {
    for (const column of this.#columns) column.length = 0;
  }

  get data(): readonly Value[][] {
    return this.#columns;
  }

  /** The largest value in any series, at least `floor`. */
  largest(floor: number): number {
    let largest = floor;
    for (const column of this.#columns.slice(1)) for (const value of column) largest = Math.max(largest, value ?? 0);
    return largest;
  }
}
