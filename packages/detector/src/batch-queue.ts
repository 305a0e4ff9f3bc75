import { type BatchFeed, createFeed } from './batch-feed.js';
import type { Batch } from './batches.js';
import type { ParsedTrainOptions } from './options.js';
import type { TrainingPlan } from './plan.js';
import type { Sample } from './samples.js';

/** The batches of a training, each made while something else is under way: the step before it, or its compilation. */
export class BatchQueue {
  private readonly feed: BatchFeed;
  private prepared: { step: number; batch: Promise<Batch> } | undefined;
  private order: { epoch: number; samples: readonly Sample[] } | undefined;

  constructor(
    private readonly plan: TrainingPlan,
    options: ParsedTrainOptions,
  ) {
    const { network, scalings, batchSize, length, layout } = plan;
    const { fusion, shape } = network;
    this.feed = createFeed({ fusion, shape, scalings, batchSize, length, layout }, options.data, options);
  }

  /** Samples of a step, counted from 0, and their share of all in its epoch. */
  samplesAt(step: number): { samples: readonly Sample[]; share: number } {
    const { stepsPerEpoch, batchSize } = this.plan;
    const epoch = Math.floor(step / stepsPerEpoch);
    if (this.order?.epoch !== epoch) this.order = { epoch, samples: this.plan.order(epoch) };
    const all = this.order.samples;
    const start = (step % stepsPerEpoch) * batchSize;
    const samples = all.slice(start, start + batchSize);
    return { samples, share: samples.length / all.length };
  }

  /** Begins to make the batch of a step, if the training has it. */
  prepare(step: number): void {
    if (step >= this.plan.steps) return;
    const batch = this.feed.fill(this.samplesAt(step).samples);
    // Looked at when its turn comes.
    batch.catch(() => {});
    this.prepared = { step, batch };
  }

  /**
   * The batch of a step; its arrays stay as they are until the second next is prepared.
   * @throws as {@link BatchFeed.fill}
   */
  async take(step: number): Promise<Batch> {
    if (this.prepared?.step !== step) this.prepare(step);
    return this.prepared!.batch;
  }

  dispose(): Promise<void> {
    return this.feed.dispose();
  }
}
