import { deriveSeed, RobustaError, throwIfAborted } from '@robusta/core';
import type { TrainingStep } from '@robusta/tfjs-onnx';
import type { BatchQueue } from './batch-queue.js';
import type { Batch } from './batches.js';
import type { Checkpoint, CheckpointFile, TrainingProgress } from './checkpoint.js';
import { modalities } from './data.js';
import type { ParsedTrainOptions } from './options.js';
import type { TrainingPlan } from './plan.js';
import type { Sample } from './samples.js';
import { rateFactor, type Schedule } from './schedule.js';
import { trainedWeights } from './step.js';
import { StepClock } from './step-clock.js';
import { inMemory } from './stored.js';
import type { Validator } from './validation.js';
import type { Weights } from './weights.js';

/** What a training ends with. */
export interface TrainingEnd {
  weights: Weights;
  /** Steps taken. */
  steps: number;
  /** The validation whose weights these are. */
  selected?: { epoch: number; value: number };
}

const freshProgress = (): TrainingProgress => ({
  step: 0,
  epochsEnded: 0,
  sums: {},
  misses: 0,
  stopped: false,
});

/** The steps of one training, from its start or a checkpoint to its end. */
export class TrainingRun {
  private readonly progress: TrainingProgress = freshProgress();
  private bestWeights: Weights | undefined;
  private readonly schedule: Schedule;
  private readonly clock = new StepClock();
  private lastWritten = performance.now();

  constructor(
    private readonly plan: TrainingPlan,
    private readonly options: ParsedTrainOptions,
    private readonly batches: BatchQueue,
    private readonly trainer: TrainingStep,
    private readonly validator: Validator | undefined,
    private readonly checkpoint: CheckpointFile | undefined,
    saved: Checkpoint | undefined,
  ) {
    const { recipe, epochs } = plan;
    const { milestoneFactor, warmupSteps } = options;
    const { schedule: kind, milestones, cosinePeriod: period = epochs } = recipe;
    this.schedule = { kind, period, milestones, milestoneFactor, warmupSteps };
    if (saved) {
      this.progress = saved.progress;
      this.bestWeights = saved.best;
    }
  }

  /** Takes the steps that are left. */
  async finish(): Promise<TrainingEnd> {
    try {
      await this.takeSteps();
    } catch (error) {
      if (RobustaError.isInstance(error) && error.code === 'ABORTED') await this.write();
      throw error;
    }
    await this.write();
    const { step: steps, best } = this.progress;
    if (this.bestWeights && best) return { weights: this.bestWeights, steps, selected: best };
    const weights = this.weights();
    requireFiniteWeights(weights, steps);
    return { weights, steps };
  }

  private async takeSteps(): Promise<void> {
    const { progress, plan, batches, clock } = this;
    for (;;) {
      // Also where a training was stopped between the last step of an epoch and what follows it.
      if (progress.epochsEnded < this.epochsDue()) await this.endEpoch();
      if (progress.step >= plan.steps || progress.stopped) return;
      throwIfAborted(this.options.signal);
      clock.begin();
      const batch = await batches.take(progress.step);
      clock.batchReady();
      const taken = this.takeStep(batch);
      batches.prepare(progress.step + 1);
      const loss = await taken;
      clock.end();
      this.report(loss);
      const { everySeconds = 0 } = this.options.checkpoint ?? {};
      if (performance.now() - this.lastWritten >= 1000 * everySeconds) await this.write();
    }
  }

  private async takeStep({ labels, mask, features }: Batch): Promise<number> {
    const { progress, plan } = this;
    const { step } = progress;
    const { samples, share } = this.batches.samplesAt(step);
    const { loss, terms: parts } = await this.trainer.run([labels, mask, ...features], {
      learningRate: this.rateAt(step),
      seed: deriveSeed(plan.recipe.seed, 'dropout', step) | 0,
    });
    const terms = { total: loss, ...parts };
    await requireFinite(terms, Math.floor(step / plan.stepsPerEpoch), step % plan.stepsPerEpoch, samples);
    for (const [name, value] of Object.entries(terms)) {
      progress.sums[name] = (progress.sums[name] ?? 0) + value * share;
    }
    progress.step++;
    return loss;
  }

  /** Epochs that are over after the steps so far; the last may be cut short. */
  private epochsDue(): number {
    const { step } = this.progress;
    const { steps, stepsPerEpoch, epochs } = this.plan;
    return step >= steps ? epochs : Math.floor(step / stepsPerEpoch);
  }

  private rateAt(step: number): number {
    const { recipe, stepsPerEpoch } = this.plan;
    return recipe.learningRate * rateFactor(this.schedule, Math.floor(step / stepsPerEpoch), step);
  }

  private async endEpoch(): Promise<void> {
    const { progress, plan, options, clock } = this;
    const epoch = this.epochsDue();
    const { total = Number.NaN, ...terms } = progress.sums;
    const { everyEpochs = 1 } = options.validation ?? {};
    let validation: number | undefined;
    if (this.validator && (epoch % everyEpochs === 0 || epoch === plan.epochs)) {
      const weights = this.weights();
      requireFiniteWeights(weights, progress.step);
      validation = await this.validator.measure(weights, options.signal);
      this.compareWithBest(validation, epoch, weights);
    }
    progress.epochsEnded = epoch;
    progress.sums = {};
    options.onEpoch?.({
      epoch,
      epochs: plan.epochs,
      step: progress.step,
      steps: plan.steps,
      loss: total,
      terms,
      learningRate: this.rateAt(progress.step - 1),
      ...clock.endEpoch(),
      ...(validation === undefined ? {} : { validation }),
      ...(progress.best ? { best: progress.best } : {}),
    });
  }

  private compareWithBest(value: number, epoch: number, weights: Weights): void {
    const { progress, options } = this;
    if (!progress.best || value > progress.best.value) {
      progress.best = { value, epoch };
      progress.misses = 0;
      if (options.select === 'best') this.bestWeights = weights;
    } else {
      progress.misses++;
      progress.stopped = progress.misses >= (options.patience ?? Number.POSITIVE_INFINITY);
    }
  }

  private report(loss: number): void {
    const { progress, plan, clock } = this;
    this.options.onStep?.({
      epoch: Math.ceil(progress.step / plan.stepsPerEpoch),
      epochs: plan.epochs,
      step: progress.step,
      steps: plan.steps,
      loss,
      learningRate: this.rateAt(progress.step - 1),
      stepsPerSecond: clock.stepsPerSecond,
      secondsLeft: (plan.steps - progress.step) / clock.stepsPerSecond,
    });
  }

  private weights(): Weights {
    return trainedWeights(this.plan.network, this.trainer);
  }

  private async write(): Promise<void> {
    if (!this.checkpoint) return;
    const best = this.bestWeights;
    const state = this.trainer.state();
    requireFiniteWeights({ ...state.parameters, ...state.buffers }, state.step);
    await this.checkpoint.write({
      state,
      progress: this.progress,
      ...(best ? { best } : {}),
    });
    this.lastWritten = performance.now();
  }
}

/** The value of a sample's features that is farthest from 0. */
async function largestFeature({ video, kind }: Sample): Promise<number> {
  let largest = 0;
  for (const modality of modalities) {
    const features = video[modality];
    if (!features || (kind !== 'joint' && kind !== modality)) continue;
    for (const value of (await inMemory(features)).data) largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/** A finite loss may have a gradient that is not; its step shows in the loss only one step later. */
function requireFiniteWeights(weights: Weights, step: number): void {
  for (const [name, { data }] of Object.entries(weights)) {
    if (data.every(Number.isFinite)) continue;
    throw new RobustaError('NON_FINITE', `training diverged in step ${step}: ${name} is no longer finite`, {
      hint: 'lower the learning rate; a checkpoint, if any, is from before',
      details: { step, parameter: name },
    });
  }
}

async function requireFinite(
  terms: Record<string, number>,
  epoch: number,
  batch: number,
  samples: readonly Sample[],
): Promise<void> {
  if (Object.values(terms).every(Number.isFinite)) return;
  const values = Object.entries(terms).map(([name, value]) => `${name} ${value}`);
  const videos = [...new Set(samples.map(({ video }) => video.id))];
  const shown = videos.slice(0, 5).join(', ') + (videos.length > 5 ? `, … (${videos.length})` : '');
  const sizes: number[] = [];
  for (const sample of samples) sizes.push(await largestFeature(sample));
  const largest = Math.max(...sizes);
  const suspect = samples[sizes.indexOf(largest)]!.video.id;
  throw new RobustaError(
    'NON_FINITE',
    `training diverged in epoch ${epoch + 1}, batch ${batch + 1} (videos ${shown}): ${values.join(', ')}; the largest feature of the batch, ${largest}, is in ${suspect}`,
    {
      hint: 'lower the learning rate, or look for extreme features in these videos; a checkpoint, if any, is from before',
      details: { epoch, batch, videos, suspect },
    },
  );
}
