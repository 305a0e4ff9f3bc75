import { CROP_ORDERS, type CropOrder } from '../files/crop-order.js';
import type { FeatureRows } from '../files/npy-file.js';
import { type CropSimilarity, cropSimilarity } from './crops.js';
import { openFeatures } from './open-features.js';

/** What {@link inspectFeatures} sees. Statistics are over finite values. */
export interface FeatureInspection {
  path: string;
  /** Type and shape of the array; `[T, crops, D]` where each crop has a file. */
  dtype: string;
  shape: number[];
  length: number;
  crops: number;
  dim: number;
  nan: number;
  infinite: number;
  /** Where the first of them is. */
  firstNonFinite?: { row: number; crop: number; column: number };
  min: number;
  max: number;
  mean: number;
  /** Population standard deviation. */
  sd: number;
  /** Values below zero, and values that are exactly zero. */
  negative: number;
  zero: number;
  /** All values are whole numbers from 0 to 255, and some are above 1: quantised, as VGGish's post-processing does. */
  quantised: boolean;
  /** Euclidean norm of the rows of each crop. */
  norms: { min: number; mean: number; max: number };
  /** Rows of nothing but zeros, and rows equal to the one before. */
  zeroRows: number;
  repeatedRows: number;
  /** For more than one crop. */
  similarity?: CropSimilarity;
  /** What the numbers mean, one sentence each. */
  findings: string[];
}

/**
 * Looks at a feature file: whether it is sound, and what made it.
 * @param path - a `.npy` file `[T, D]` or `[T, crops, D]` of any numeric type, or what official XD-Violence files have in
 *   front of `__0.npy`
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, BAD_FORMAT (object arrays too), TRUNCATED, EMPTY_INPUT naming the file;
 *   BAD_DATASET, LENGTH_MISMATCH, FEATURE_MISMATCH for crops that do not belong together
 */
export async function inspectFeatures(path: string): Promise<FeatureInspection> {
  const rows = await openFeatures(path, 'inspectFeatures');
  const { length, crops, dim, dtype, shape } = rows;
  const facts = {
    ...{ path, dtype, shape, length, crops, dim },
    ...values(rows),
    ...wholeRows(rows),
    ...(crops > 1 ? { similarity: cropSimilarity(rows) } : {}),
  };
  return { ...facts, findings: findings(facts) };
}

function values({ crops, dim, data }: FeatureRows) {
  let [nan, infinite, negative, zero, sum] = [0, 0, 0, 0, 0];
  let [min, max, first, whole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, true];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isFinite(value)) {
      if (first < 0) first = i;
      if (Number.isNaN(value)) nan++;
      else infinite++;
      continue;
    }
    if (value < 0) negative++;
    if (value === 0) zero++;
    if (value < min) min = value;
    if (value > max) max = value;
    whole &&= Number.isInteger(value);
    sum += value;
  }
  const count = data.length - nan - infinite;
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (Number.isFinite(value)) squares += (value - mean) ** 2;
  }
  const where = {
    row: Math.floor(first / (crops * dim)),
    crop: Math.floor(first / dim) % crops,
    column: first % dim,
  };
  return {
    ...{ nan, infinite, negative, zero, min, max, mean },
    ...(first >= 0 ? { firstNonFinite: where } : {}),
    sd: Math.sqrt(squares / count),
    quantised: whole && min >= 0 && max <= 255 && max > 1,
  };
}

function wholeRows({ length, crops, dim, data }: FeatureRows) {
  const width = crops * dim;
  const norms = { min: Number.POSITIVE_INFINITY, mean: 0, max: 0 };
  let [zeroRows, repeatedRows] = [0, 0];
  let finite = 0;
  for (let row = 0; row < length; row++) {
    let [zeros, same] = [true, row > 0];
    for (let crop = 0; crop < crops; crop++) {
      let square = 0;
      for (let i = row * width + crop * dim, end = i + dim; i < end; i++) {
        const value = data[i]!;
        square += value * value;
        if (value !== 0) zeros = false;
        if (same && value !== data[i - width]) same = false;
      }
      if (!Number.isFinite(square)) continue;
      const norm = Math.sqrt(square);
      finite++;
      norms.mean += norm;
      if (norm < norms.min) norms.min = norm;
      if (norm > norms.max) norms.max = norm;
    }
    if (zeros) zeroRows++;
    if (same) repeatedRows++;
  }
  return { norms: { ...norms, mean: norms.mean / finite }, zeroRows, repeatedRows };
}

const SIZES: Record<number, string> = {
  128: 'width 128: VGGish (or lite audio)',
  1024: 'width 1024: I3D Inception, as the official XD-Violence files',
  2048: 'width 2048: I3D ResNet-50',
};

/** Recipes by the number that the centre crop has in them. */
const ORDER_NAMES: Record<CropOrder, string> = {
  rtfm: 'the order of torchvision and RTFM',
  gottimukkala: 'the order of I3D_Feature_Extraction_resnet',
  'xd-violence': 'the order of the official XD-Violence files',
};

function findings(facts: Omit<FeatureInspection, 'findings'>): string[] {
  const { dtype, dim, crops, nan, infinite, firstNonFinite, negative, quantised, similarity } = facts;
  const { length, zeroRows, repeatedRows } = facts;
  const out: string[] = [];
  const say = (condition: unknown, text: () => string) => {
    if (condition) out.push(text());
  };
  say(SIZES[dim], () => SIZES[dim]!);
  say(dtype !== 'float32', () => `stored as ${dtype}; features are float32 as a rule`);
  say(firstNonFinite, () => {
    const { row, crop, column } = firstNonFinite!;
    return `${nan} NaN and ${infinite} infinite values, the first in row ${row}, crop ${crop}, column ${column}: not fit for training`;
  });
  say(quantised, () => 'whole numbers from 0 to 255: quantised, as the post-processing of VGGish does');
  say(dim === 128 && negative > 0, () => 'negative values: VGGish without its last ReLU, or after PCA');
  say(
    dim === 128 && negative === 0 && !quantised,
    () => 'no negative value: fits VGGish with its last ReLU and without PCA',
  );
  say(
    (dim === 1024 || dim === 2048) && negative > 0,
    () => 'negative values: not I3D features as they leave the network, which are means of ReLU outputs',
  );
  say(zeroRows > 0, () => `${zeroRows} of ${length} rows are nothing but zeros`);
  say(repeatedRows > 0, () => `${repeatedRows} of ${length} rows equal the row before`);
  say(similarity, () => centreSentence(similarity!, crops));
  return out;
}

function centreSentence({ centre, centreShare }: CropSimilarity, crops: number): string {
  if (centre !== undefined) {
    const order = (Object.keys(CROP_ORDERS) as CropOrder[]).find(
      (name) => CROP_ORDERS[name][centre] === 'centre',
    );
    const share = `most like the other crops in ${Math.round(100 * centreShare!)} % of the rows`;
    return `crop ${centre} is the centre (${share})${order ? `: ${ORDER_NAMES[order]}` : ''}`;
  }
  if (crops !== 5 && crops !== 10) return `${crops} crops: which is the centre is told of 5 and 10 only`;
  return 'which crop is the centre cannot be told';
}
