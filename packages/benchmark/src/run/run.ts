import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type BenchmarkRecord,
  type BenchmarkResult,
  type DetectionRecord,
  fileError,
  parseOptions,
  RobustaError,
} from '@robusta/core';
import { snippetCount } from '@robusta/features';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { FILES_AT_A_TIME, mapConcurrent } from '../dataset/concurrent.js';
import type { DatasetProblem, VideoRecord } from '../dataset/model.js';
import { loadXdViolence } from '../dataset/xd-violence.js';
import { createLocalRunner } from '../jobs/local-runner.js';
import type { JobRunner } from '../jobs/runner.js';
import { callbackOption, SignalOption } from '../options.js';
import type { Condition } from '../protocol/condition.js';
import { type BenchmarkConfig, type CheckedConfig, parseConfig, runName } from './config.js';
import { type DetectedVideo, evaluateDetection } from './detection.js';
import { evaluate, SNIPPET_FRAMES } from './evaluate.js';
import { extractFeatures } from './extract-stage.js';
import { extractorSpecs, featureOrigin, readVideoFeatures } from './feature-store.js';
import { sha256 } from './fingerprint.js';
import { scoreVideos } from './score-stage.js';
import type { StageProgress } from './stage.js';
import { trainModels } from './train-stage.js';

const RunOptionsSchema = z.strictObject({
  workers: z.number().int().min(1).max(256).optional(),
  runner: z
    .custom<JobRunner>(
      (value) => typeof (value as JobRunner | undefined)?.run === 'function',
      'expected a JobRunner',
    )
    .optional(),
  signal: SignalOption.optional(),
  onProgress: callbackOption<(progress: StageProgress) => void>().optional(),
  onProblem: callbackOption<(problem: DatasetProblem) => void>().optional(),
});

/** How a run is carried out; nothing here changes its numbers. */
export interface RunOptions {
  /** Extraction jobs at a time. Default: the processor cores. */
  workers?: number;
  /** What does the extraction jobs, e.g. {@link createQueueRunner}. Default: threads of this process. */
  runner?: JobRunner;
  /** Stops at the next safe point; the same run later goes on from there. */
  signal?: AbortSignal;
  onProgress?: (progress: StageProgress) => void;
  /** Called for each video that is skipped or used only in part. */
  onProblem?: (problem: DatasetProblem) => void;
}

/**
 * The main job: takes features of clean and corrupted videos, trains detectors on clean ones, fuses the modalities
 * and measures frame-level average precision for each method, corruption and level. Writes `robusta.json`,
 * `dataset.jsonl`, `features/`, `models/` and `results/<run>.json` into the workspace. What is there already is not
 * made again. Videos that cannot be used are listed in `skipped` and the run goes on.
 * @throws BAD_OPTION; BAD_DATASET and the other errors of `loadXdViolence`; BAD_DATASET if no video is left to
 *   train or test on; DISK_FULL, FILE_UNWRITABLE; ABORTED
 */
export async function runBenchmark(
  benchmarkConfig: BenchmarkConfig,
  runOptions: RunOptions = {},
): Promise<BenchmarkResult> {
  const parsed = parseConfig(benchmarkConfig);
  const config = { ...parsed, root: resolve(parsed.root), workspace: resolve(parsed.workspace) };
  const { workers, signal, onProgress, onProblem, ...rest } = parseOptions(
    RunOptionsSchema,
    runOptions,
    'runBenchmark',
  );
  const stage = { signal, onProgress };

  await makeFolder(join(config.workspace, 'results'));
  const dataset = await loadXdViolence(config.root, {
    name: config.dataset,
    cache: join(config.workspace, 'dataset.jsonl'),
    ...(signal ? { signal } : {}),
    onProgress: (progress) => onProgress?.({ stage: 'reading the dataset', ...progress }),
  });
  await writeJson(join(config.workspace, 'robusta.json'), config);
  for (const problem of dataset.problems) onProblem?.(problem);

  const conditions = config.corruptions.map((corruption): Exclude<Condition, 'clean'> => {
    return { corruption, severity: config.severity, seed: config.corruptionSeed };
  });
  const runner = rest.runner ?? createLocalRunner(workers === undefined ? {} : { workers });
  const extracted = await extractFeatures(dataset, config.workspace, conditions, runner, stage);
  for (const problem of extracted.problems) onProblem?.(problem);
  const train = extracted.videos.filter(({ split }) => split === 'train');
  const test = extracted.videos.filter(({ split }) => split === 'test');
  requireVideos(config, train, test);

  const expected = extractorSpecs();
  const features = featureOrigin(expected);
  const seedModels = await trainModels(
    config,
    {
      features,
      fingerprint: sha256(train.map(({ id, label, sha256, modalities }) => [id, label, sha256, modalities])),
      read: () =>
        mapConcurrent(train, FILES_AT_A_TIME, async (video) => ({
          id: video.id,
          label: video.label,
          ...(await readVideoFeatures(config.workspace, video, 'clean', expected)),
        })),
    },
    stage,
  );

  const records: BenchmarkRecord[] = [];
  const detection: DetectionRecord[] = [];
  for (const models of seedModels) {
    const scored = await scoreVideos(test, models, config, conditions, expected, stage);
    records.push(...evaluate(scored, { ...config, seed: models.seed }));
    const detected = scored.flatMap((video): DetectedVideo[] => (video.detected ? [video.detected] : []));
    detection.push(...evaluateDetection(detected, { ...config, seed: models.seed }));
    for (const model of [models.concat, models.shared, models.padding]) model?.detector.dispose();
  }
  const skipped = [...dataset.problems, ...extracted.problems].filter((problem) => problem.skipped);
  const result: BenchmarkResult = {
    format: 'robusta-result',
    version: 1,
    run: runName(config),
    dataset: describeDataset(config, train, test),
    configuration: { ...config, features },
    software: await softwareVersions(),
    skipped: skipped.map(({ video, code, message }) => ({ video, code, message })),
    records,
    ...(detection.length > 0 ? { detection } : {}),
  };
  await writeJson(join(config.workspace, 'results', `${result.run}.json`), result);
  return result;
}

function requireVideos(
  { root }: CheckedConfig,
  train: readonly VideoRecord[],
  test: readonly VideoRecord[],
): void {
  const missing = train.length === 0 ? 'training' : test.length === 0 ? 'test' : undefined;
  if (missing) {
    throw new RobustaError('BAD_DATASET', `${root}: no ${missing} video can be used`, {
      hint: 'see the warnings above for what is wrong with each',
    });
  }
}

function describeDataset(
  { dataset }: CheckedConfig,
  train: readonly VideoRecord[],
  test: readonly VideoRecord[],
): BenchmarkResult['dataset'] {
  let testFrames = 0;
  let anomalousFrames = 0;
  for (const video of test) {
    const frames = snippetCount(video.frames) * SNIPPET_FRAMES;
    testFrames += frames;
    for (const [start, end] of video.intervals) anomalousFrames += Math.max(0, Math.min(end, frames) - start);
  }
  return {
    name: dataset,
    trainVideos: train.length,
    testVideos: test.length,
    testFrames,
    anomalousFrames,
    sha256: sha256(
      [...train, ...test].map(({ id, split, label, intervals, sha256 }) => [
        id,
        split,
        label,
        intervals,
        sha256,
      ]),
    ),
  };
}

async function softwareVersions(): Promise<Record<string, string>> {
  const { name, version } = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return { [name]: version, node: process.version };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError(error, path);
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  try {
    await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    throw fileError(error, path);
  }
}
