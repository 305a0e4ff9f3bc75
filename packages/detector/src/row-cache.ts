/** Rows of sequences in the form that batches need, up to a limit; what came first is kept. */
export class RowCache {
  private readonly entries = new Map<string, Float32Array>();
  private used = 0;

  constructor(private readonly limit: number) {}

  get(key: string): Float32Array | undefined {
    return this.entries.get(key);
  }

  /** Room for so many values, which {@link keep} or {@link release} must follow; undefined where there is none. */
  reserve(size: number): Float32Array | undefined {
    const bytes = size * Float32Array.BYTES_PER_ELEMENT;
    if (this.used + bytes > this.limit) return undefined;
    this.used += bytes;
    return new Float32Array(size);
  }

  keep(key: string, rows: Float32Array): void {
    this.entries.set(key, rows);
  }

  release(rows: Float32Array): void {
    this.used -= rows.byteLength;
  }
}
