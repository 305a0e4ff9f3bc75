/**
 * The last rows of an endless sequence, always in one piece and in order: each row is written twice, a capacity apart, so
 * that a window never has to be put together.
 */
export class Ring {
  readonly #data: Float32Array;
  readonly #capacity: number;
  readonly #width: number;
  #written = 0;

  /**
   * @param capacity - rows that are kept
   * @param width - values of a row
   */
  constructor(capacity: number, width: number) {
    this.#data = new Float32Array(2 * capacity * width);
    this.#capacity = capacity;
    this.#width = width;
  }

  /** Number of rows that are there. */
  get length(): number {
    return Math.min(this.#written, this.#capacity);
  }

  /** `[length, width]`, the oldest row first: a view, to be read before the next push. */
  get values(): Float32Array {
    const { length } = this;
    const first = (this.#written - length) % this.#capacity;
    return this.#data.subarray(first * this.#width, (first + length) * this.#width);
  }

  push(row: Float32Array): void {
    const place = this.#written++ % this.#capacity;
    this.#data.set(row, place * this.#width);
    this.#data.set(row, (place + this.#capacity) * this.#width);
  }

  clear(): void {
    this.#written = 0;
  }
}
