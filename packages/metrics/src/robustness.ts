import { RobustaError } from '@robusta/core';
import { mean } from './mean.js';

/** A metric of one method under a corruption at a level. */
export interface LevelScore {
  corruption: string;
  /** How much of the data is corrupted, or how strongly; 0 is clean. */
  level: number;
  /** In [0, 1], higher is better. */
  value: number;
}

/** See {@link robustness}. */
export interface CorruptionRobustness {
  corruption: string;
  /** Mean value over the levels above 0. */
  mean: number;
  /** `mean` over the value at level 0. */
  relative: number;
  /** Value at level 0 minus value at the highest level. */
  drop: number;
  /** Corruption error; present with a reference, null where the reference makes no error. */
  ce?: number | null;
  /** Relative corruption error; present with a reference, null where the reference loses nothing. */
  relativeCe?: number | null;
}

/** How a method bears corruption; see {@link robustness}. */
export interface Robustness {
  /** Value at level 0, mean over corruptions. */
  clean: number;
  /** Mean performance under corruption (mPC). */
  mean: number;
  /** Relative performance under corruption (rPC): `mean / clean`. */
  relative: number;
  /** Mean drop from level 0 to the highest level. */
  drop: number;
  /** Mean corruption error (mCE); present with a reference, null where no corruption has one. */
  mce?: number | null;
  /** Mean relative corruption error; likewise. */
  relativeMce?: number | null;
  /** In the order in which the corruptions first occur. */
  corruptions: CorruptionRobustness[];
}

/**
 * Summary of a method over corruptions c and levels l > 0, with clean value v_c0:
 * mPC = mean_c mean_l v_cl and rPC = mPC / clean (Michaelis et al. 2019). With the values r of a reference method:
 * CE_c = Σ_l (1 − v_cl) / Σ_l (1 − r_cl) and relative CE_c = Σ_l (v_c0 − v_cl) / Σ_l (r_c0 − r_cl), each averaged over
 * the corruptions where the denominator is above 0 (mCE of Hendrycks and Dietterich 2019, as fractions; with an error of
 * 1 − value). Below 1 is more robust than the reference. Levels count alike, however they are spaced.
 * @param scores - of one method and one seed: every corruption at the same levels, 0 and at least one above
 * @param reference - of the method to compare with, for the same corruptions and levels
 * @throws EMPTY_INPUT, NON_FINITE; BAD_INPUT for a value outside [0, 1], a cell that is missing or given twice, no
 *   level above 0, or a clean value of 0
 */
export function robustness(scores: readonly LevelScore[], reference?: readonly LevelScore[]): Robustness {
  const grid = gridOf(scores, 'scores');
  const other = reference && gridOf(reference, 'reference');
  if (other) checkSameGrid(grid, other);
  const corruptions = [...grid].map(([corruption, values]): CorruptionRobustness => {
    const { clean, corrupted } = parts(values);
    const row = {
      corruption,
      mean: mean(corrupted),
      relative: mean(corrupted) / clean,
      drop: clean - corrupted.at(-1)!,
    };
    if (!other) return row;
    const { clean: cleanThere, corrupted: corruptedThere } = parts(other.get(corruption)!);
    return {
      ...row,
      ce: ratio(loss(1, corrupted), loss(1, corruptedThere)),
      relativeCe: ratio(loss(clean, corrupted), loss(cleanThere, corruptedThere)),
    };
  });
  const clean = mean([...grid.values()].map((values) => values.get(0)!));
  const average = mean(corruptions.map((row) => row.mean));
  return {
    clean,
    mean: average,
    relative: average / clean,
    drop: mean(corruptions.map(({ drop }) => drop)),
    ...(other && {
      mce: meanIfAny(corruptions.map(({ ce }) => ce)),
      relativeMce: meanIfAny(corruptions.map(({ relativeCe }) => relativeCe)),
    }),
    corruptions,
  };
}

/** By corruption, then by level, levels rising. */
type Grid = Map<string, Map<number, number>>;

function gridOf(scores: readonly LevelScore[], what: string): Grid {
  if (scores.length === 0) throw new RobustaError('EMPTY_INPUT', `robustness: there are no ${what}`);
  const grid: Grid = new Map();
  for (const { corruption, level, value } of scores) {
    const cell = `${what} of ${corruption} at level ${level}`;
    checkCell(cell, level, value);
    const values = grid.get(corruption) ?? new Map<number, number>();
    if (values.has(level)) {
      throw new RobustaError('BAD_INPUT', `${cell} are given twice`, {
        hint: 'give one method and one seed at a time, or average the seeds first',
      });
    }
    grid.set(corruption, values.set(level, value));
  }
  const levels = [...new Set(scores.map(({ level }) => level))].sort((a, b) => a - b);
  if (levels[0] !== 0 || levels.length < 2) {
    throw new RobustaError('BAD_INPUT', `${what} are at level ${levels.join(', ')}, not at 0 and one above`);
  }
  for (const [corruption, values] of grid)
    grid.set(corruption, complete(values, levels, `${what} of ${corruption}`));
  return grid;
}

function checkCell(cell: string, level: number, value: number): void {
  if (!Number.isFinite(level) || !Number.isFinite(value)) {
    throw new RobustaError('NON_FINITE', `${cell}: ${value}`);
  }
  if (level < 0) throw new RobustaError('BAD_INPUT', `${cell}: levels start at 0`);
  if (value < 0 || value > 1) {
    throw new RobustaError('BAD_INPUT', `${cell} are ${value}, not in [0, 1]`, {
      hint: 'divide percentages by 100',
    });
  }
}

function complete(values: Map<number, number>, levels: readonly number[], what: string): Map<number, number> {
  const sorted = levels.map((level): [number, number] => {
    const value = values.get(level);
    if (value !== undefined) return [level, value];
    throw new RobustaError('BAD_INPUT', `${what} lack level ${level}, which other corruptions have`, {
      hint: 'a mean over different levels would compare nothing',
    });
  });
  if (values.get(0) === 0)
    throw new RobustaError('BAD_INPUT', `${what} at level 0 are 0: nothing can be lost`);
  return new Map(sorted);
}

function checkSameGrid(grid: Grid, reference: Grid): void {
  const describe = (cells: Grid) =>
    [...cells].map(([corruption, values]) => `${corruption} at ${[...values.keys()].join(', ')}`).sort();
  const [ours, theirs] = [describe(grid), describe(reference)];
  const different =
    ours.find((cell) => !theirs.includes(cell)) ?? theirs.find((cell) => !ours.includes(cell));
  if (different === undefined) return;
  throw new RobustaError(
    'BAD_INPUT',
    `scores and reference are not of the same cells: ${different} is in one only`,
  );
}

function parts(values: ReadonlyMap<number, number>): { clean: number; corrupted: number[] } {
  const [clean, ...corrupted] = values.values();
  return { clean: clean!, corrupted };
}

/** What is missing to `full`, summed. */
function loss(full: number, values: readonly number[]): number {
  return values.reduce((sum, value) => sum + (full - value), 0);
}

function ratio(numerator: number, denominator: number): number | null {
  return denominator > 0 ? numerator / denominator : null;
}

function meanIfAny(values: readonly (number | null | undefined)[]): number | null {
  const defined = values.filter((value): value is number => typeof value === 'number');
  return defined.length > 0 ? mean(defined) : null;
}
