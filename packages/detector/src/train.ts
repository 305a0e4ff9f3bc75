import { deriveSeed, parseOptions, RobustaError, throwIfAborted } from '@robusta/core';
import type { z } from 'zod';
import { checkTrainingData } from './data.js';
import { Detector } from './detector.js';
import { fingerprint } from './fingerprint.js';
import { createNetwork, initialWeights, widthsOf } from './network.js';
import { engineOf, type TrainOptions, TrainOptionsSchema } from './options.js';
import { batchSizeOf, orderOf } from './order.js';
import { BatchFiller, batchLength, plainLayout, type Sample, type Scalings, samplesOf } from './samples.js';
import { fitScaling } from './scaling.js';
import { rateFactor, type Schedule } from './schedule.js';
import { createTrainer, trainedWeights } from './step.js';

type Options = z.output<typeof TrainOptionsSchema>;

/** Snippets of a training sequence where neither options nor backbone say otherwise. */
const defaultMaxLength = 200;

/** The options with the backbone's recommendations filled in. */
function withRecipe(options: Options) {
  const { backbone, data, backboneOptions, onEpoch, signal, engine, executionProviders, threads, ...own } =
    options;
  const { epochs, batchSize, maxLength, learningRate, weightDecay, schedule, milestones } = backbone.defaults;
  return {
    ...own,
    epochs: own.epochs ?? epochs,
    batchSize: own.batchSize ?? batchSize,
    maxLength: own.maxLength ?? maxLength ?? defaultMaxLength,
    learningRate: own.learningRate ?? learningRate,
    weightDecay: own.weightDecay ?? weightDecay,
    schedule: own.schedule ?? schedule,
    milestones: own.milestones ?? [...milestones],
  };
}

function fitScalings({ data, inputScaling, inputClamp }: Options): Scalings {
  const scalings: Scalings = {};
  if (inputScaling === 'none') return scalings;
  for (const modality of ['visual', 'audio'] as const) {
    const sequences = data.flatMap((video) => video[modality] ?? []);
    if (sequences.length > 0) scalings[modality] = fitScaling(sequences, inputClamp);
  }
  return scalings;
}

function requireFinite(
  terms: Record<string, number>,
  epoch: number,
  batch: number,
  samples: readonly Sample[],
): void {
  if (Object.values(terms).every(Number.isFinite)) return;
  const values = Object.entries(terms).map(([name, value]) => `${name} ${value}`);
  const videos = [...new Set(samples.map(({ video }) => video.id))];
  const shown = videos.slice(0, 5).join(', ') + (videos.length > 5 ? `, … (${videos.length})` : '');
  throw new RobustaError(
    'NON_FINITE',
    `training diverged in epoch ${epoch + 1}, batch ${batch + 1} (videos ${shown}): ${values.join(', ')}`,
    {
      hint: 'lower the learning rate, or look for extreme features in these videos',
      details: { epoch, batch, videos },
    },
  );
}

/**
 * Trains a detector on clean videos with one label a video (weak supervision, Eq. 1 and 2 of the paper).
 *
 * `concat` joins visual and audio features of each snippet; zero rows (after scaling, so the mean) stand for a
 * modality that a video lacks. `shared` trains one network on each modality alone: a sample is one modality of one
 * video, audio led through a linear projection to the visual width that is trained with it. The same seed gives the
 * same weights, byte by byte, on one engine and machine.
 * @throws BAD_OPTION; EMPTY_INPUT, NO_POSITIVE, NO_NEGATIVE, MISSING_MODALITY, FEATURE_MISMATCH, LENGTH_MISMATCH,
 *   NON_FINITE, NON_BINARY_LABEL, BAD_INPUT naming the video; NON_FINITE when the loss is no number any more;
 *   ENGINE_UNAVAILABLE; ABORTED
 */
export async function trainDetector(trainOptions: TrainOptions): Promise<Detector> {
  const options = parseOptions(TrainOptionsSchema, trainOptions, 'trainDetector');
  const { backbone, data, fusion, onEpoch, signal } = options;
  throwIfAborted(signal);
  const recipe = withRecipe(options);
  const { epochs, batchSize, learningRate, weightDecay, seed } = recipe;
  const shape = checkTrainingData(data, fusion);
  const model = backbone.build({ ...options.backboneOptions, ...widthsOf(fusion, shape) });
  const network = createNetwork(fusion, shape, model);
  const scalings = fitScalings(options);
  const layout = model.batches ?? plainLayout;
  const length = batchLength(data, recipe.maxLength, layout);
  const samples = samplesOf(data, fusion, shape, layout);
  const size = batchSizeOf(samples, batchSize, layout);
  const schedule: Schedule = { ...recipe, kind: recipe.schedule };

  const engine = engineOf(options);
  const trainer = await createTrainer(
    network,
    initialWeights(network, seed),
    { batchSize: size, length, weightDecay },
    engine,
  );
  try {
    // Two, so that one can be filled while the engine works on the other.
    const fillers = [0, 1].map(() => new BatchFiller(fusion, shape, scalings, size, length, layout));
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = orderOf(samples, size, layout, seed, epoch);
      const batches = Math.ceil(order.length / size);
      const samplesAt = (batch: number) => order.slice(batch * size, (batch + 1) * size);
      const sums: Record<string, number> = {};
      const start = performance.now();
      let filled = fillers[0]!.fill(samplesAt(0));
      for (let batch = 0; batch < batches; batch++) {
        throwIfAborted(signal);
        const step = epoch * batches + batch;
        const rate = learningRate * rateFactor(schedule, epoch, step);
        const running = trainer.run([filled.labels, filled.mask, ...filled.features], {
          learningRate: rate,
          seed: deriveSeed(seed, 'dropout', step) | 0,
        });
        if (batch + 1 < batches) filled = fillers[(batch + 1) % 2]!.fill(samplesAt(batch + 1));
        const { loss, terms: parts } = await running;
        const terms = { total: loss, ...parts };
        requireFinite(terms, epoch, batch, samplesAt(batch));
        const share = samplesAt(batch).length / order.length;
        for (const [name, value] of Object.entries(terms)) sums[name] = (sums[name] ?? 0) + value * share;
      }
      const { total, ...terms } = sums as { total: number } & Record<string, number>;
      const secondsPerStep = (performance.now() - start) / 1000 / batches;
      onEpoch?.({ epoch: epoch + 1, epochs, loss: total, terms, secondsPerStep });
    }
    return new Detector({
      backbone,
      network,
      weights: trainedWeights(network, trainer),
      scalings,
      inputClamp: options.inputClamp,
      engine,
      training: { ...recipe, engine: options.engine, samples: samples.length, data: fingerprint(data) },
    });
  } finally {
    trainer.dispose();
  }
}
