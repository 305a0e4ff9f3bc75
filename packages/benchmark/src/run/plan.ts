import { RobustaError } from '@robusta/core';
import type { Dataset, DatasetProblem } from '../dataset/model.js';
import { type ExtractJob, extractJobs } from '../jobs/extract-job.js';
import type { Condition } from '../protocol/condition.js';
import { corruptionsOf } from '../protocol/scenario.js';
import { chosenCount } from '../protocol/select.js';
import { type BenchmarkConfig, type CheckedConfig, parseConfigs } from './config.js';
import { createPairs, type InputPair, pairName, type Row, rowsOf, type TestVideoHead } from './inputs.js';

/** Every corruption that a row needs, at every severity of the run. */
export function conditionsOf(config: CheckedConfig): Exclude<Condition, 'clean'>[] {
  const corruptions = corruptionsOf(rowsOf(config).map(({ scenario }) => scenario));
  return config.severities.flatMap((severity) =>
    corruptions.map((corruption) => ({ corruption, severity, seed: config.corruptionSeed })),
  );
}

/**
 * The inputs of each test video that any level of any row chooses, and those of the rows at the severity of the run when
 * every video is damaged; each once, in the order of the videos.
 */
export function wantedPairs(
  rows: readonly Row[],
  videos: readonly TestVideoHead[],
  config: CheckedConfig,
  seed: number,
): InputPair[][] {
  const pairsOf = createPairs(videos, { ...config, seed });
  const wanted = videos.map(() => new Set<InputPair>());
  for (const row of rows) {
    const whole = row.severity === config.severity ? [100] : [];
    for (const level of new Set([...row.levels, ...whole])) {
      pairsOf(row, level).forEach((pair, i) => {
        wanted[i]!.add(pair);
      });
    }
  }
  return wanted.map((pairs) => [...new Map([...pairs].map((pair) => [pairName(pair), pair])).values()]);
}

/** Levels at which a `mixed` row has too few videos for each of its types. */
export function thinRows({ corruptions, levels }: CheckedConfig, videos: number): DatasetProblem[] {
  return corruptions
    .filter((name) => name.startsWith('mixed-'))
    .flatMap((name) => {
      const thin = levels.filter((level) => {
        const chosen = chosenCount(level, videos);
        return chosen > 0 && chosen < 8;
      });
      if (thin.length === 0) return [];
      const message = `at ${thin.join(', ')} % fewer than 8 of ${videos} test videos are damaged, so that not every type occurs`;
      return [{ video: name, code: 'BAD_INPUT' as const, message, skipped: false }];
    });
}

/** @throws BAD_OPTION where a row needs corrupted videos, and there are only features of clean ones */
export function requireNoCorruption(config: CheckedConfig): void {
  const [first] = conditionsOf(config);
  if (!first) return;
  throw new RobustaError(
    'BAD_OPTION',
    `${config.root}: there are features, but no test videos that ${first.corruption} could damage`,
    { hint: 'name rows that need none, as missing-visual and missing-audio, or get the videos' },
  );
}

/** What a run has to do; see {@link planBenchmark}. */
export interface BenchmarkPlan {
  /** Extraction: one job for each modality of each video, with all conditions that it needs. */
  jobs: ExtractJob[];
  /** Feature files that the jobs make. */
  features: number;
  /** Pairs of inputs that each model scores, for every repetition. */
  pairs: { seed: number; count: number }[];
  /** Cells of all rows, levels, methods and repetitions, for each backbone. */
  records: number;
}

/**
 * Plans a run on videos without doing anything: what {@link runBenchmark} takes, trains and measures follows from the
 * configuration and the list of videos alone. Features are those that need no weights, whatever the extractors.
 * @throws BAD_OPTION naming every offending field
 */
export function planBenchmark(
  benchmarkConfig: BenchmarkConfig,
  dataset: Pick<Dataset, 'root' | 'videos'>,
): BenchmarkPlan {
  const [config] = parseConfigs(benchmarkConfig) as [CheckedConfig];
  const { workspace, seeds, methods } = config;
  const jobs = extractJobs(dataset, { workspace, extractor: 'lite', conditions: conditionsOf(config) });
  const test = dataset.videos.filter(({ split }) => split === 'test');
  const rows = rowsOf(config);
  const cells = rows.reduce((sum, { levels }) => sum + levels.length, 0);
  return {
    jobs,
    features: jobs.reduce((sum, { conditions }) => sum + conditions.length, 0),
    pairs: seeds.map((seed) => {
      const wanted = wantedPairs(rows, test, config, seed);
      return { seed, count: wanted.reduce((sum, { length }) => sum + length, 0) };
    }),
    records: cells * methods.length * seeds.length,
  };
}
