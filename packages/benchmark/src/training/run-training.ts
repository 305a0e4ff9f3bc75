import { join, resolve } from 'node:path';
import { RobustaError } from '@robusta/core';
import {
  type Detector,
  type EpochReport,
  type StepReport,
  type TrainOptions,
  trainDetector,
  type ValidationVideo,
} from '@robusta/detector';
import type { DatasetProblem } from '../dataset/model.js';
import type { Progress } from '../options.js';
import { backboneOf } from '../run/backbones.js';
import { type CheckedTraining, parseTraining, recipeOf, type TrainingConfig } from './config.js';
import { type FeatureSet, loadFeatureFolders } from './feature-folders.js';
import { loadFeatureWorkspace } from './feature-workspace.js';
import { holdOut } from './hold-out.js';
import { MetricsLog } from './metrics-log.js';
import { saveTrained } from './save-trained.js';

/** How a training run is carried out; nothing here changes the model. */
export interface TrainingOptions {
  /** Stops after the step that is being taken, and a checkpoint is written. */
  signal?: AbortSignal | undefined;
  /** Training videos looked through before the first step. */
  onData?: (progress: Progress) => void;
  onStep?: (report: StepReport) => void;
  onEpoch?: (report: EpochReport) => void;
  /** Called for each video that is used only in part. */
  onProblem?: (problem: DatasetProblem) => void;
}

/** What a training run made. */
export interface TrainedModel {
  /** Absolute path of the model folder. */
  model: string;
  trainVideos: number;
  validationVideos: number;
  /** What `model.json` says. */
  description: Detector['description'];
}

/** Folder of the checkpoint in that of the model. */
const CHECKPOINT = 'checkpoint';

/**
 * Trains a detector on features on disk and writes it into a folder. Memory stays within `cacheBytes` and what the
 * network needs, however many videos there are. A model trained on a workspace can be used by `scoreVideo`. The same run again goes on from its checkpoint, and ends in the same
 * bytes as one that was never stopped.
 * @throws BAD_OPTION; what loading features and `trainDetector` throw, naming file or video; BAD_MODEL where the
 *   checkpoint is that of another training; ABORTED, after a checkpoint was written
 */
export async function runTraining(
  trainingConfig: TrainingConfig,
  { signal, onData, onStep, onEpoch, onProblem }: TrainingOptions = {},
): Promise<TrainedModel> {
  const config = parseTraining(trainingConfig);
  const { backbone, fusion, select, patience, cacheBytes, engine, threads, restart } = config;
  const out = resolve(config.out);
  const { train, held } = await loadVideos(config, signal, onProblem);
  const log = config.log === undefined ? undefined : new MetricsLog(resolve(config.log), !restart);
  const { metric, everyEpochs } = config.validation ?? {};
  const detector = await trainDetector({
    backbone: backboneOf(backbone),
    data: train,
    fusion,
    ...recipeOf(config),
    select,
    patience,
    cacheBytes,
    engine,
    threads,
    checkpoint: {
      directory: join(out, CHECKPOINT),
      everySeconds: config.checkpointSeconds,
      resume: !restart,
    },
    ...(held ? { validation: { videos: held, metric, everyEpochs } } : {}),
    onEpoch: (report) => {
      log?.add(report);
      onEpoch?.(report);
    },
    ...(onData ? { onData } : {}),
    ...(onStep ? { onStep } : {}),
    ...(signal ? { signal } : {}),
  } satisfies TrainOptions).catch((error) => {
    throw withHint(error);
  });
  try {
    if (config.workspace === undefined) await detector.save(out);
    else await saveTrained(out, detector, train, signal);
  } finally {
    detector.dispose();
  }
  return {
    model: out,
    trainVideos: train.length,
    validationVideos: held?.length ?? 0,
    description: detector.description,
  };
}

/** What to do about a checkpoint of another training, in the words of this package. */
function withHint(error: unknown): unknown {
  if (!RobustaError.isInstance(error) || !error.details || !('differing' in error.details)) return error;
  return new RobustaError(error.code, error.message, {
    hint: 'name another output folder, or begin anew with restart (--restart)',
    details: error.details,
    cause: error,
  });
}

async function loadVideos(
  { workspace, visual, audio, list, validation, seed = 0 }: CheckedTraining,
  signal: AbortSignal | undefined,
  onProblem: TrainingOptions['onProblem'],
): Promise<{ train: ValidationVideo[]; held: ValidationVideo[] | undefined }> {
  const report = ({ videos, problems }: FeatureSet) => {
    for (const problem of problems) onProblem?.(problem);
    return videos;
  };
  const all = report(
    workspace === undefined
      ? await loadFeatureFolders({ visual, audio, list }, { signal })
      : await loadFeatureWorkspace(workspace, 'train', { signal }),
  );
  if (!validation) return { train: all, held: undefined };
  if (validation.holdout !== undefined) return holdOut(all, validation.holdout, seed);
  if (validation.test) {
    return { train: all, held: report(await loadFeatureWorkspace(workspace!, 'test', { signal })) };
  }
  return { train: all, held: report(await loadFeatureFolders(validation, { signal })) };
}
