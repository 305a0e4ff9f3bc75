/** Rows of one width, appended one by one. */
export class RowBuffer {
  rows = 0;
  private data: Float32Array;

  constructor(private readonly dim: number) {
    this.data = new Float32Array(64 * dim);
  }

  /** Room for the next row. */
  next(): Float32Array {
    const start = this.rows * this.dim;
    if (start === this.data.length) {
      const larger = new Float32Array(this.data.length * 2);
      larger.set(this.data);
      this.data = larger;
    }
    this.rows++;
    return this.data.subarray(start, start + this.dim);
  }

  /** Takes the last row away. */
  drop(): void {
    this.rows--;
  }

  /** All rows, `rows * dim` numbers. */
  finish(): Float32Array {
    return this.data.slice(0, this.rows * this.dim);
  }
}
