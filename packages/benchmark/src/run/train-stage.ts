import { join } from 'node:path';
import { throwIfAborted } from '@robusta/core';
import { type Detector, type Fusion, type TrainingVideo, trainDetector } from '@robusta/detector';
import { backboneOf } from './backbones.js';
import type { CheckedConfig, Method } from './config.js';
import { fingerprint } from './fingerprint.js';
import { fitMixtures } from './mixtures.js';
import { hasModel, loadModel, type ModelOrigin, type StoredModel, saveModel } from './model-folder.js';
import type { StageOptions } from './stage.js';

/** What a model is trained on. */
export interface TrainingSet {
  /** The clean features of the training videos; called only where something has to be trained. */
  read(): Promise<TrainingVideo[]>;
  /** Equal for equal data. */
  fingerprint: string;
  features: ModelOrigin['features'];
}

/** The detectors of one repetition, for the methods that need them. */
export interface SeedModels {
  seed: number;
  concat?: StoredModel;
  shared?: StoredModel;
  padding?: StoredModel;
}

/** The fusion that each method's detector is trained with. */
const fusionOf: Record<Method, Fusion> = {
  concat: 'concat',
  padding: 'padding',
  average: 'shared',
  dynamic: 'shared',
};

/** Where a model lies depends on all that its weights depend on. */
interface ModelPlace {
  seed: number;
  fusion: Fusion;
  folder: string;
  mark: string;
}

/** The models that a run needs, those of a repetition together. */
function modelPlaces(config: CheckedConfig, set: TrainingSet): ModelPlace[] {
  const fusions = [...new Set(config.methods.map((method) => fusionOf[method]))];
  const { dataset, workspace, backbone, training, weighting, engine } = config;
  return config.seeds.flatMap((seed) =>
    fusions.map((fusion): ModelPlace => {
      const mark = fingerprint({
        backbone,
        fusion,
        seed,
        training,
        engine,
        data: set.fingerprint,
        features: set.features,
        ...(fusion === 'shared' ? { weighting } : {}),
      });
      const folder = join(workspace, 'models', `${dataset}-${backbone}-${fusion}-s${seed}-${mark}`);
      return { seed, fusion, folder, mark };
    }),
  );
}

/** Whether an earlier run has finished all models. */
export async function areTrained(config: CheckedConfig, set: TrainingSet): Promise<boolean> {
  for (const { folder, mark } of modelPlaces(config, set)) if (!(await hasModel(folder, mark))) return false;
  return true;
}

/**
 * Trains the detectors of every repetition on clean data, and fits the clean-data mixtures; a model that an earlier
 * run finished is opened instead.
 * @throws what training throws; ABORTED
 */
export async function trainModels(
  config: CheckedConfig,
  set: TrainingSet,
  { signal, onProgress }: StageOptions,
): Promise<SeedModels[]> {
  const { backbone, training, weighting, engine } = config;
  const data = once(() => set.read());
  // Of clean features, and so the same for every repetition; the energy is that of a detector.
  const mixtures = once(async () => fitMixtures(await data(), weighting, signal));
  const weightingOf = async (detector: Detector) =>
    weighting.density === 'energy' ? fitMixtures(await data(), weighting, signal, detector) : mixtures();
  const models = new Map<number, SeedModels>(config.seeds.map((seed) => [seed, { seed }]));
  for (const { seed, fusion, folder, mark } of modelPlaces(config, set)) {
    throwIfAborted(signal);
    if (!(await hasModel(folder, mark))) {
      const detector = await trainDetector({
        backbone: backboneOf(backbone),
        data: await data(),
        fusion,
        ...training,
        // Not that of the published recipe, which a backbone may recommend.
        cosinePeriod: training.epochs,
        seed,
        engine,
        ...(signal ? { signal } : {}),
        onEpoch: ({ epoch }) =>
          onProgress?.({ stage: `training ${fusion}, seed ${seed}`, done: epoch, total: training.epochs }),
      });
      const origin = {
        format: 'robusta-origin',
        version: 1,
        fusion,
        seed,
        fingerprint: mark,
        features: set.features,
      } as const;
      await saveModel(folder, {
        detector,
        weighting: fusion === 'shared' ? await weightingOf(detector) : undefined,
        origin,
      });
    }
    // Opened from the file in either case, so that a resumed run gives the same numbers.
    models.get(seed)![fusion] = await loadModel(folder, { engine });
  }
  return [...models.values()];
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => (value ??= make());
}
