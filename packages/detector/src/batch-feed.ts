import { type Batch, BatchFiller, type BatchSpec } from './batches.js';
import type { Sample } from './samples.js';

/** Makes the batches of a training, each while the step before it is under way. */
export interface BatchFeed {
  /**
   * The batch of some samples; those that are missing at the end become bags without snippets, which do not count. Only
   * one batch can be asked for at a time. Its arrays stay as they are until the call after the next.
   */
  fill(samples: readonly Sample[]): Promise<Batch>;
  dispose(): Promise<void>;
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
    // Behind a step that was started in this turn of the event loop: it is not kept waiting, and who then awaits the batch
    // sees how long it took.
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          resolve(filler.fill(samples));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  async dispose(): Promise<void> {}
}

export function createFeed(spec: BatchSpec): BatchFeed {
  return new MemoryFeed(spec);
}
