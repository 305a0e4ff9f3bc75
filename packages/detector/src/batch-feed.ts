import { type Batch, BatchFiller, type BatchSpec } from './batches.js';
import { modalities, type TrainingVideo } from './data.js';
import type { Sample } from './samples.js';
import { isStored } from './stored.js';
import { WorkerFeed } from './worker-feed.js';

/** Makes the batches of a training, each while the step before it is under way. */
export interface BatchFeed {
  /**
   * The batch of some samples; those that are missing at the end become bags without snippets, which do not count. Only
   * one batch can be asked for at a time. Its arrays stay as they are until the call after the next.
   * @throws for stored features FILE_NOT_FOUND, FILE_UNREADABLE; TRUNCATED, FEATURE_MISMATCH where a file was changed;
   *   INTERNAL where the thread that reads them died; ABORTED
   */
  fill(samples: readonly Sample[]): Promise<Batch>;
  dispose(): Promise<void>;
}

export interface FeedOptions {
  /** Memory for features that are stored on disk, besides two batches. */
  cacheBytes: number;
  signal?: AbortSignal | undefined;
}

/** Batches of features that are in memory. */
class MemoryFeed implements BatchFeed {
  private readonly fillers: [BatchFiller, BatchFiller];
  private turn: 0 | 1 = 0;

  constructor(spec: BatchSpec) {
    this.fillers = [new BatchFiller(spec), new BatchFiller(spec)];
  }

  fill(samples: readonly Sample[]): Promise<Batch> {
    const filler = this.fillers[this.turn]!;
    this.turn = this.turn === 0 ? 1 : 0;
    // Two turns of the event loop later, behind a step that was started before: it is not kept waiting, and who awaits the
    // batch then sees how long it took.
    return new Promise((resolve, reject) => {
      const work = () => {
        try {
          resolve(filler.fill(samples));
        } catch (error) {
          reject(error as Error);
        }
      };
      setImmediate(() => setImmediate(work));
    });
  }

  async dispose(): Promise<void> {}
}

/** @param videos - those of all samples */
export function createFeed(
  spec: BatchSpec,
  videos: readonly TrainingVideo[],
  options: FeedOptions,
): BatchFeed {
  const stored = videos.some((video) =>
    modalities.some((modality) => {
      const features = video[modality];
      return features && isStored(features);
    }),
  );
  return stored ? new WorkerFeed(spec, videos, options) : new MemoryFeed(spec);
}
