import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import type { FeatureRows } from '../files/npy-file.js';
import { cosine, openFeatures } from './open-features.js';

/** Options of {@link compareFeatures}. */
export interface CompareOptions {
  /**
   * Which crops are compared: `number`, those of the same number; `best`, for each of b the one of a that is most like it.
   * Default: `number` where both have as many, otherwise `best`.
   */
  crops?: 'number' | 'best';
}

/** How alike two sets of features of one recording are. Rows beyond the shorter one take no part. */
export interface FeatureComparison {
  a: { path: string; shape: number[] };
  b: { path: string; shape: number[] };
  /** Rows compared. */
  rows: number;
  /** For each crop of b, the crop of a that it is compared with. */
  crops: number[];
  /** For each crop of b, the crop of a that is most like it. */
  bestCrops: number[];
  /** Cosine of each row, mean over crops. */
  cosine: number[];
  minCosine: number;
  meanCosine: number;
  /** Mean cosine of rows half a recording apart: what rows that do not belong together have. */
  unrelatedCosine: number;
  /** Largest difference, and the root mean square of the difference over that of a. */
  maxDifference: number;
  relativeDifference: number;
  /** Number s from -3 to 3 for which row t + s of a is most like row t of b; 0 where both lie on one grid. */
  shift: number;
  /** What the numbers mean, one sentence each. */
  findings: string[];
}

const OptionsSchema = z.strictObject({ crops: z.enum(['number', 'best']).optional() });
const SHIFTS = [0, -1, 1, -2, 2, -3, 3];

/**
 * Compares two feature files of one recording row by row, for example features of one's own with published ones.
 * @param a - as for `inspectFeatures`
 * @param b - the same
 * @throws FEATURE_MISMATCH for different widths, or different numbers of crops with `crops: 'number'`; NON_FINITE; those of
 *   `inspectFeatures`
 */
export async function compareFeatures(
  a: string,
  b: string,
  options: CompareOptions = {},
): Promise<FeatureComparison> {
  const { crops: pairing } = parseOptions(OptionsSchema, options, 'compareFeatures');
  const [left, right] = [await openFeatures(a, 'compareFeatures'), await openFeatures(b, 'compareFeatures')];
  checkFinite(left, a);
  checkFinite(right, b);
  if (left.dim !== right.dim) {
    throw new RobustaError('FEATURE_MISMATCH', `${a} has rows of ${left.dim} numbers, ${b} of ${right.dim}`, {
      hint: 'compare features of the same kind',
    });
  }
  if (pairing === 'number' && left.crops !== right.crops) {
    throw new RobustaError('FEATURE_MISMATCH', `${a} has ${left.crops} crops, ${b} has ${right.crops}`, {
      hint: 'let each crop be compared with the one most like it: crops "best"',
    });
  }
  const rows = Math.min(left.length, right.length);
  const bestCrops = matchCrops(left, right, rows);
  const byNumber = (pairing ?? (left.crops === right.crops ? 'number' : 'best')) === 'number';
  const crops = byNumber ? bestCrops.map((_, crop) => crop) : bestCrops;
  const cosines = Array.from({ length: rows }, (_, t) => rowCosine(left, t, right, t, crops));
  const facts = {
    a: { path: a, shape: left.shape },
    b: { path: b, shape: right.shape },
    ...{ rows, crops, bestCrops, cosine: cosines },
    minCosine: Math.min(...cosines),
    meanCosine: mean(cosines),
    unrelatedCosine: meanAt(left, right, crops, rows >> 1, true),
    ...difference(left, right, rows, crops),
    shift: bestShift(left, right, crops),
  };
  return { ...facts, findings: findings(facts, left, right) };
}

function checkFinite({ data, crops, dim }: FeatureRows, path: string): void {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new RobustaError(
    'NON_FINITE',
    `${path}: row ${Math.floor(bad / (crops * dim))} has the value ${data[bad]}`,
    { hint: 'look at the file with inspectFeatures', details: { path } },
  );
}

const mean = (numbers: number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

/** Mean cosine over crops of row `s` of a and row `t` of b. */
function rowCosine(a: FeatureRows, s: number, b: FeatureRows, t: number, crops: readonly number[]): number {
  let sum = 0;
  for (let crop = 0; crop < b.crops; crop++) {
    const [fromA, fromB] = [(s * a.crops + crops[crop]!) * a.dim, (t * b.crops + crop) * b.dim];
    sum += cosine(a.data, fromA, b.data, fromB, a.dim);
  }
  return sum / b.crops;
}

/** Mean of {@link rowCosine} with a ahead by `shift` rows; `around` goes on with the start of a after its end. */
function meanAt(
  a: FeatureRows,
  b: FeatureRows,
  crops: readonly number[],
  shift: number,
  around = false,
): number {
  const values: number[] = [];
  for (let t = 0; t < b.length; t++) {
    const s = around ? (t + shift) % a.length : t + shift;
    if (s >= 0 && s < a.length) values.push(rowCosine(a, s, b, t, crops));
  }
  return mean(values);
}

function matchCrops(a: FeatureRows, b: FeatureRows, rows: number): number[] {
  return Array.from({ length: b.crops }, (_, own) => {
    const sums = new Float64Array(a.crops);
    for (let other = 0; other < a.crops; other++) {
      for (let t = 0; t < rows; t++) {
        const [fromA, fromB] = [(t * a.crops + other) * a.dim, (t * b.crops + own) * b.dim];
        sums[other]! += cosine(a.data, fromA, b.data, fromB, a.dim);
      }
    }
    const most = Math.max(...sums);
    // Where several are equal, the one of the same number.
    return sums[own] === most ? own : sums.indexOf(most);
  });
}

function bestShift(a: FeatureRows, b: FeatureRows, crops: readonly number[]): number {
  let [best, most] = [0, Number.NEGATIVE_INFINITY];
  for (const shift of SHIFTS) {
    if (Math.abs(shift) >= Math.min(a.length, b.length)) continue;
    const value = meanAt(a, b, crops, shift);
    if (value > most) [best, most] = [shift, value];
  }
  return best;
}

function difference(a: FeatureRows, b: FeatureRows, rows: number, crops: readonly number[]) {
  let [maxDifference, squares, ofA] = [0, 0, 0];
  for (let t = 0; t < rows; t++) {
    for (let crop = 0; crop < b.crops; crop++) {
      const [fromA, fromB] = [(t * a.crops + crops[crop]!) * a.dim, (t * b.crops + crop) * b.dim];
      for (let i = 0; i < a.dim; i++) {
        const value = a.data[fromA + i]!;
        const apart = Math.abs(value - b.data[fromB + i]!);
        if (apart > maxDifference) maxDifference = apart;
        squares += apart * apart;
        ofA += value * value;
      }
    }
  }
  const relativeDifference = squares === 0 ? 0 : Math.sqrt(squares / ofA);
  return { maxDifference, relativeDifference };
}

/** What a relative difference comes from, as measured with networks of random weights. */
const CAUSES: [below: number, text: string][] = [
  [2e-5, 'equal up to rounding: the same network, preparation and frames'],
  [5e-3, 'the same preparation; the decoder or the scaler differs by a level here and there'],
  [0.2, 'close: another scaler, frames through JPEG, or another resampler'],
];

function findings(facts: Omit<FeatureComparison, 'findings'>, a: FeatureRows, b: FeatureRows): string[] {
  const { relativeDifference, maxDifference, crops, bestCrops, shift, rows } = facts;
  const { meanCosine, unrelatedCosine } = facts;
  const out: string[] = [];
  if (a.length !== b.length) {
    const by = Math.abs(a.length - b.length);
    out.push(
      `${a.length} and ${b.length} rows: ${by} at the end of the longer one ${by === 1 ? 'takes' : 'take'} no part`,
    );
  }
  const cause = CAUSES.find(([below]) => relativeDifference <= below)?.[1];
  if (maxDifference === 0) out.push('equal');
  else if (cause) out.push(cause);
  else out.push('different features: another network, normalisation, crop or grid');
  if (shift !== 0) {
    out.push(
      `row t of b is most like row t ${shift > 0 ? '+' : '-'} ${Math.abs(shift)} of a: the grids differ`,
    );
  }
  if (bestCrops.some((crop, index) => crop !== crops[index])) {
    out.push(`other crops are more alike: those of b are ${bestCrops.join(', ')} of a`);
  }
  if (rows > 2 && !cause && meanCosine - unrelatedCosine < 0.1 * (1 - unrelatedCosine)) {
    out.push('rows are hardly more alike than rows that do not belong together: perhaps another recording');
  }
  return out;
}
