/**
 * A fair sample of all values of a run in bounded memory (algorithm R), for percentiles over the whole of it; count,
 * mean and largest are exact.
 */
export class Reservoir {
  readonly #capacity: number;
  readonly #random: () => number;
  readonly #sample: number[] = [];
  #count = 0;
  #sum = 0;
  #largest = 0;

  constructor(capacity = 4_096, random: () => number = Math.random) {
    this.#capacity = capacity;
    this.#random = random;
  }

  get mean(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count;
  }

  get largest(): number | undefined {
    return this.#count === 0 ? undefined : this.#largest;
  }

  push(value: number): void {
    this.#count++;
    this.#sum += value;
    this.#largest = Math.max(this.#largest, value);
    if (this.#sample.length < this.#capacity) {
      this.#sample.push(value);
      return;
    }
    const place = Math.floor(this.#random() * this.#count);
    if (place < this.#capacity) this.#sample[place] = value;
  }

  /** Nearest rank, in the order asked; exact until the capacity is exceeded. */
  percentiles(...shares: number[]): (number | undefined)[] {
    const sorted = [...this.#sample].sort((a, b) => a - b);
    return shares.map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]);
  }
}
