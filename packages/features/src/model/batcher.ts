/** Runs a batch: `[count, ...item]` in, `[count, dim]` out. The input does not change until the promise settles. */
export type RunBatch = (input: Float32Array, count: number) => Promise<Float32Array>;

/** A window's place in a batch. */
export interface Slot {
  /** To be filled by the owner, whatever was in it before. */
  readonly tensor: Float32Array<ArrayBuffer>;
  /**
   * Takes a window that was filled elsewhere, an array of its own.
   * @returns an array of that size that is free now: no number is copied where a batch is a single window
   */
  exchange(window: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  /** Hands the window in; its features come when the batch has run. */
  submit(): Promise<Float32Array>;
  /** Gives the place back unused. */
  discard(): void;
}

interface Batch {
  buffer: Float32Array<ArrayBuffer>;
  free: number[];
  /** Places that are being filled. */
  open: number;
  /** Windows that were handed in, by place. */
  waiting: Map<number, { resolve(features: Float32Array): void; reject(error: unknown): void }>;
}

/** Buffers: one is filled while the other runs. */
const BUFFERS = 2;

/**
 * Gathers windows of any number of videos into batches. A batch runs when it is full, or when all videos have ended
 * that could add to it; memory is two batches, and who wants a place waits while both are in use.
 */
export class Batcher {
  private current: Batch | undefined;
  private readonly idle: Float32Array<ArrayBuffer>[] = [];
  private buffers = 0;
  private videos = 0;
  private readonly queue: (() => void)[] = [];
  private chain: Promise<unknown> = Promise.resolve();

  /**
   * @param run - runs up to `windows * items` items
   * @param windows - in a batch
   * @param windowSize - numbers in a window
   * @param items - items in a window
   */
  constructor(
    private readonly run: RunBatch,
    private readonly windows: number,
    private readonly windowSize: number,
    private readonly items: number,
  ) {}

  /** A video begins: a batch that is not full waits for its windows. */
  enter(): void {
    this.videos++;
  }

  /** A video has ended, or was given up. */
  leave(): void {
    this.videos--;
    this.runIfReady();
  }

  /** Waits for a place. Each video holds one at a time. */
  async acquire(): Promise<Slot> {
    while (!this.hasRoom()) await new Promise<void>((resolve) => this.queue.push(resolve));
    const batch = this.current!;
    const place = batch.free.shift()!;
    batch.open++;
    const { windowSize } = this;
    return {
      get tensor() {
        return batch.buffer.subarray(place * windowSize, (place + 1) * windowSize);
      },
      exchange: (window) => {
        if (this.windows > 1) {
          batch.buffer.set(window, place * windowSize);
          return window;
        }
        const free = batch.buffer;
        batch.buffer = window;
        return free;
      },
      submit: () =>
        new Promise((resolve, reject) => {
          batch.waiting.set(place, { resolve, reject });
          batch.open--;
          this.runIfReady();
        }),
      discard: () => {
        batch.free.unshift(place);
        batch.open--;
        this.runIfReady();
        this.wake();
      },
    };
  }

  private hasRoom(): boolean {
    if (this.current) return this.current.free.length > 0;
    let buffer = this.idle.pop();
    if (!buffer) {
      if (this.buffers === BUFFERS) return false;
      buffer = new Float32Array(this.windows * this.windowSize);
      this.buffers++;
    }
    const free = Array.from({ length: this.windows }, (_, place) => place);
    this.current = { buffer, free, open: 0, waiting: new Map() };
    return true;
  }

  private runIfReady(): void {
    const batch = this.current;
    if (!batch || batch.open > 0) return;
    if (batch.free.length > 0 && this.videos > 0) return;
    this.current = undefined;
    if (batch.waiting.size === 0) this.release(batch);
    else this.chain = this.chain.then(() => this.runBatch(batch));
    this.wake();
  }

  private async runBatch(batch: Batch): Promise<void> {
    const places = [...batch.waiting.keys()].sort((a, b) => a - b);
    try {
      for (const [i, place] of places.entries()) {
        if (place !== i) {
          const start = place * this.windowSize;
          batch.buffer.copyWithin(i * this.windowSize, start, start + this.windowSize);
        }
      }
      const count = places.length;
      const features = await this.run(batch.buffer.subarray(0, count * this.windowSize), count * this.items);
      const width = features.length / count;
      for (const [i, place] of places.entries()) {
        batch.waiting.get(place)!.resolve(features.slice(i * width, (i + 1) * width));
      }
    } catch (error) {
      for (const { reject } of batch.waiting.values()) reject(error);
    } finally {
      this.release(batch);
    }
  }

  private release({ buffer }: Batch): void {
    this.idle.push(buffer);
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.queue.splice(0)) resolve();
  }
}
