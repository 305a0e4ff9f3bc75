import { RobustaError } from '@robusta/core';
import type { DatasetProblem } from '../dataset/model.js';
import type { Condition } from '../protocol/condition.js';
import { corruptionsOf } from '../protocol/scenario.js';
import type { CheckedConfig } from './config.js';
import { type InputPair, pairName, pairsOf, type Row, rowsOf, type TestVideoHead } from './inputs.js';

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
  const wanted = videos.map(() => new Map<string, InputPair>());
  for (const row of rows) {
    const whole = row.severity === config.severity ? [100] : [];
    for (const level of new Set([...row.levels, ...whole])) {
      pairsOf(row, videos, level, { ...config, seed }).forEach((pair, i) => {
        const name = pairName(pair);
        if (!wanted[i]!.has(name)) wanted[i]!.set(name, pair);
      });
    }
  }
  return wanted.map((pairs) => [...pairs.values()]);
}

/** Levels at which a `mixed` row has too few videos for each of its types. */
export function thinRows({ corruptions, levels }: CheckedConfig, videos: number): DatasetProblem[] {
  return corruptions
    .filter((name) => name.startsWith('mixed-'))
    .flatMap((name) => {
      const thin = levels.filter((level) => {
        const chosen = Math.floor((level * videos) / 100 + 0.5);
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
