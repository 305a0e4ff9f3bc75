import { FPS, WINDOW_FRAMES } from '../grid.js';
import type { ExtractionProgress } from '../options.js';

/** The rows of a recording that were handed to the network, and what has come back. */
export class PendingRows {
  private readonly pending: Promise<Float32Array>[] = [];
  private done = 0;
  private failure: { error: unknown } | undefined;

  constructor(private readonly onProgress: ((progress: ExtractionProgress) => void) | undefined) {}

  add(features: Promise<Float32Array>): void {
    const row = features.then((values) => {
      this.done++;
      this.onProgress?.({ snippets: this.done, seconds: (this.done * WINDOW_FRAMES) / FPS });
      return values;
    });
    row.catch((error: unknown) => {
      this.failure ??= { error };
    });
    this.pending.push(row);
  }

  /** Ends the work on a recording whose rows cannot be had any more. */
  throwIfFailed(): void {
    if (this.failure) throw this.failure.error;
  }

  finish(): Promise<Float32Array[]> {
    return Promise.all(this.pending);
  }
}

/** The first `length` rows below each other. */
export function stacked(rows: readonly Float32Array[], length: number, width: number): Float32Array {
  const data = new Float32Array(length * width);
  for (let k = 0; k < length; k++) data.set(rows[k]!, k * width);
  return data;
}
