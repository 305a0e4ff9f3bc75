import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type BenchmarkRecord,
  type BenchmarkResult,
  BenchmarkResultSchema,
  type Comparison,
  fileError,
  parseOptions,
  type TransferRecord,
  throwIfAborted,
} from '@robusta/core';
import { z } from 'zod';
import { absolutePaths } from '../config-file/paths.js';
import { claimWorkspace, ON_OTHER_CONFIG, type OnOtherConfig } from '../config-file/workspace.js';
import type { DatasetProblem } from '../dataset/model.js';
import { runnerOf } from '../jobs/local-runner.js';
import { resolveExtractors } from '../jobs/open-extractor.js';
import type { JobRunner } from '../jobs/runner.js';
import { callbackOption, SignalOption } from '../options.js';
import { writeJson } from '../write-json.js';
import { type Behaviour, describeRows } from './behaviour.js';
import { type BenchmarkConfig, type CheckedConfig, parseConfig, parseConfigs, runName } from './config.js';
import { type Clock, createClock, timed } from './costs.js';
import { type DataOptions, openData, openTransfer, type RunData } from './data.js';
import { extractorSpecs, featureOrigin } from './feature-store.js';
import { fingerprint, sha256 } from './fingerprint.js';
import { rowsOf } from './inputs.js';
import { measureClean, measureRows, type Scored } from './measure.js';
import { conditionsOf, thinRows, wantedPairs } from './plan.js';
import { scoreVideo, type TestVideo } from './score-stage.js';
import type { StageOptions, StageProgress } from './stage.js';
import { areTrained, type SeedModels, trainModels } from './train-stage.js';

const RunOptionsSchema = z.strictObject({
  workers: z.number().int().min(1).max(256).optional(),
  runner: z
    .custom<JobRunner>(
      (value) => typeof (value as JobRunner | undefined)?.run === 'function',
      'expected a JobRunner',
    )
    .optional(),
  onOtherConfig: z.enum(ON_OTHER_CONFIG).default('beside'),
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
  /**
   * What happens where the workspace holds results of another configuration: `refuse`, or `beside`, by default: the run
   * has a result file of its own. Results of another dataset are refused always.
   */
  onOtherConfig?: OnOtherConfig;
  /** Stops at the next safe point; the same run later goes on from there. */
  signal?: AbortSignal;
  onProgress?: (progress: StageProgress) => void;
  /** Called for each video that is skipped or used only in part, and for each row of too few videos. */
  onProblem?: (problem: DatasetProblem) => void;
}

/**
 * The main job: takes features of clean and corrupted videos, trains detectors on clean ones, fuses the modalities
 * and measures frame-level average precision for each method, row and level. Writes `robusta.json`,
 * `dataset.jsonl`, `features/`, `models/`, `results/<run>.json` and `results/<run>.costs.json` into the workspace. What is
 * there already is not made again. Videos that cannot be used are listed in `skipped` and the run goes on.
 * @throws BAD_OPTION, also for several backbones; BAD_DATASET and the other errors of `loadDataset`; BAD_DATASET if no video
 *   is left to train or test on; CONFIG_MISMATCH naming the keys that differ; DISK_FULL, FILE_UNWRITABLE; ABORTED
 */
export async function runBenchmark(
  benchmarkConfig: BenchmarkConfig,
  runOptions: RunOptions = {},
): Promise<BenchmarkResult> {
  parseConfig(benchmarkConfig);
  return (await runBenchmarks(benchmarkConfig, runOptions))[0]!;
}

/**
 * Does what {@link runBenchmark} does for each of the `backbones` of a configuration, on the same features: a result each,
 * in files of their own.
 * @throws as {@link runBenchmark}
 */
export async function runBenchmarks(
  benchmarkConfig: BenchmarkConfig,
  runOptions: RunOptions = {},
): Promise<BenchmarkResult[]> {
  const configs = parseConfigs(absolutePaths(benchmarkConfig, process.cwd()));
  const { onOtherConfig, signal, onProgress, onProblem, ...rest } = parseOptions(
    RunOptionsSchema,
    runOptions,
    'runBenchmark',
  );
  const [config] = configs as [CheckedConfig];
  const { workspace } = config;
  const claim = await claimWorkspace(benchmarkConfig, onOtherConfig);
  await makeFolder(join(workspace, 'results'));
  const extractors = await resolveExtractors(config.extractors);
  const origin = featureOrigin(extractorSpecs(extractors));
  const runner = runnerOf(rest);
  const options: DataOptions = { signal, onProgress, runner, extractors, workspace };
  const runs = await Promise.all(
    configs.map(async (one) => {
      const file = join(workspace, 'results', `${runName(one, origin)}.json`);
      return { config: one, file, clock: await clockOf(file) };
    }),
  );
  const stages = async <T>(stage: string, work: () => Promise<T>, count: (result: T) => number) => {
    const { result, seconds } = await timed(work);
    for (const { clock } of runs) await clock.add({ stage, seconds, items: count(result) });
    return result;
  };

  const data = await stages(
    'features',
    () => openData(config, conditionsOf(config), options),
    ({ train, test }) => train.length + test.length,
  );
  const transfers = [];
  for (const one of config.transfer) {
    const folder = join(workspace, 'transfer', `${one.dataset}-${fingerprint(one.root)}`);
    await makeFolder(folder);
    transfers.push(
      await stages(
        'transfer features',
        () => openTransfer(one, { ...options, workspace: folder }),
        ({ videos }) => videos.length,
      ),
    );
  }
  await claim.write();
  const problems = [...data.problems, ...transfers.flatMap((transfer) => transfer.problems)];
  for (const problem of [...problems, ...thinRows(config, data.test.length)]) onProblem?.(problem);

  const results: BenchmarkResult[] = [];
  for (const run of runs) {
    results.push(await runBackbone({ ...run, data, transfers, problems }, { signal, onProgress }));
  }
  return results;
}

/** One backbone with the data of all. */
interface Run {
  config: CheckedConfig;
  /** The result file. */
  file: string;
  clock: Clock;
  data: RunData;
  transfers: readonly Transfer[];
  problems: readonly DatasetProblem[];
}

interface Transfer {
  name: string;
  videos: readonly TestVideo[];
}

async function runBackbone(run: Run, stage: StageOptions): Promise<BenchmarkResult> {
  const { config, file, clock, data, problems } = run;
  const head: Omit<BenchmarkResult, 'records'> = {
    format: 'robusta-result',
    version: 1,
    run: basename(file, '.json'),
    dataset: describeDataset(data),
    configuration: { ...config, features: data.training.features },
    software: await softwareVersions(),
    skipped: problems
      .filter((problem) => problem.skipped)
      .map(({ video, code, message }) => ({ video, code, message })),
  };
  const known = await finishedResult(file, head);
  if (known && (await areTrained(config, data.training))) return known;
  const seedModels = await clock.time(
    'training',
    () => trainModels(config, data.training, stage),
    (models) => models.length,
  );
  try {
    if (known) return known;
    const result: BenchmarkResult = { ...head, ...(await measureModels(run, seedModels, stage)) };
    await writeJson(file, result);
    return result;
  } finally {
    for (const { concat, shared, padding } of seedModels) {
      for (const model of [concat, shared, padding]) model?.detector.dispose();
    }
  }
}

/** Everything that is measured, seed by seed, so that the scores of one are in memory. */
async function measureModels(
  { config, clock, data, transfers }: Run,
  seedModels: readonly SeedModels[],
  stage: StageOptions,
): Promise<
  Pick<BenchmarkResult, 'records' | 'comparisons' | 'weights' | 'detection' | 'curves' | 'transfer'>
> {
  const records: BenchmarkRecord[] = [];
  const comparisons: Comparison[] = [];
  const seen: Behaviour = { detection: [], weights: [], curves: [] };
  const transfer: TransferRecord[] = [];
  const rows = rowsOf(config);
  const videos = data.test.map(({ video }) => video);
  for (const models of seedModels) {
    const { seed } = models;
    const scored = await clock.time(
      'scoring',
      () => scoreVideos(videos, wantedPairs(rows, videos, config, seed), models, config, stage),
      (all) => all.scores.reduce((sum, { pairs }) => sum + pairs.size, 0),
    );
    throwIfAborted(stage.signal);
    const measured = await clock.time(
      'measuring',
      async () => ({
        ...(await measureRows(scored, rows, config, stage)),
        ...describeRows(scored, rows, config),
      }),
      (all) => all.records.length,
    );
    records.push(...measured.records);
    comparisons.push(...measured.comparisons);
    for (const key of ['detection', 'weights', 'curves'] as const)
      seen[key].push(...(measured[key] as never[]));
    for (const other of transfers) {
      const found = await clock.time(
        'transfer',
        () =>
          scoreVideos(
            other.videos,
            other.videos.map(() => []),
            models,
            config,
            stage,
          ),
        ({ scores }) => scores.length,
      );
      const testVideos = other.videos.length;
      for (const { method, areas } of measureClean(found, config.methods)) {
        const { ap, rocAuc } = areas;
        transfer.push({ dataset: other.name, testVideos, method, seed, ap, rocAuc });
      }
    }
  }
  const parts = {
    comparisons,
    weights: seen.weights,
    detection: seen.detection,
    curves: seen.curves,
    transfer,
  };
  return { records, ...Object.fromEntries(Object.entries(parts).filter(([, list]) => list.length > 0)) };
}

async function scoreVideos(
  videos: readonly TestVideo[],
  wanted: ReturnType<typeof wantedPairs>,
  models: SeedModels,
  { methods }: CheckedConfig,
  { signal, onProgress }: StageOptions,
): Promise<Scored> {
  const scores = [];
  for (const [i, video] of videos.entries()) {
    throwIfAborted(signal);
    scores.push(await scoreVideo(video, wanted[i]!, models, methods, signal));
    onProgress?.({ stage: `scoring, seed ${models.seed}`, done: scores.length, total: videos.length });
  }
  return { videos, scores, seed: models.seed };
}

/** The result that a run left, if it is of the same configuration, data and software: all numbers follow from these. */
async function finishedResult(
  file: string,
  head: Omit<BenchmarkResult, 'records'>,
): Promise<BenchmarkResult | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    const result: BenchmarkResult = JSON.parse(await readFile(file, 'utf8'));
    BenchmarkResultSchema.parse(result);
    const {
      records: _r,
      comparisons: _c,
      weights: _w,
      detection: _d,
      curves: _u,
      transfer: _t,
      ...known
    } = result;
    return isDeepStrictEqual(known, JSON.parse(JSON.stringify(head))) ? result : undefined;
  } catch {
    return undefined;
  }
}

/** Of a finished run no time is taken any more. */
async function clockOf(file: string): Promise<Clock> {
  if (existsSync(file)) return { add: async () => {}, time: (_stage, work) => work() };
  return createClock(file.replace(/\.json$/, '.costs.json'));
}

function describeDataset({ name, train, test }: RunData): BenchmarkResult['dataset'] {
  let testFrames = 0;
  let anomalousFrames = 0;
  for (const { frames, intervals } of test) {
    testFrames += frames;
    for (const [start, end] of intervals) anomalousFrames += Math.max(0, Math.min(end, frames) - start);
  }
  const known = (split: 'train' | 'test') => (video: RunData['train'][number]) => [
    video.id,
    split,
    video.label,
    video.intervals,
    video.sha256,
  ];
  return {
    name,
    trainVideos: train.length,
    testVideos: test.length,
    testFrames,
    anomalousFrames,
    sha256: sha256([...train.map(known('train')), ...test.map(known('test'))]),
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
