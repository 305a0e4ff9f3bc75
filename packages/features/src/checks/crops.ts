import type { FeatureRows } from '../files/npy-file.js';
import { cosine } from './open-features.js';

/** How alike the crops of a row are. */
export interface CropSimilarity {
  /** `[crops][crops]`: cosine of two crops, mean over rows. */
  cosine: number[][];
  /** Number of the centre crop among the first five, where it can be told; see {@link cropSimilarity}. */
  centre?: number;
  /** Share of rows in which that crop, or the best candidate, is the most like the others. */
  centreShare?: number;
}

const PLACES = 5;
/** Rows needed before a crop is called the centre, and how clear it must be; chance is a fifth of the rows. */
const FEWEST_ROWS = 8;
const CLEAR_SHARE = 0.5;

/**
 * Compares the crops of each row. The centre crop overlaps all four corners more than they overlap each other, so it is
 * the one most like the others; it is told where five or ten crops agree on that in at least half of the rows (ten vote as two
 * times five). Rows whose crops are all equal, or that are not finite, have no vote.
 */
export function cropSimilarity({ length, crops, dim, data }: FeatureRows): CropSimilarity {
  const sums = Array.from({ length: crops }, () => new Float64Array(crops));
  const votes = new Float64Array(PLACES);
  const row = Array.from({ length: crops }, () => new Float64Array(crops).fill(1));
  let rows = 0;
  for (let t = 0; t < length; t++) {
    let finite = true;
    for (let i = 0; i < crops; i++) {
      for (let j = 0; j < i; j++) {
        const value = cosine(data, (t * crops + i) * dim, data, (t * crops + j) * dim, dim);
        row[i]![j] = value;
        row[j]![i] = value;
        finite &&= Number.isFinite(value);
      }
    }
    if (!finite) continue;
    rows++;
    for (let i = 0; i < crops; i++) for (let j = 0; j < crops; j++) sums[i]![j]! += row[i]![j]!;
    if (crops === PLACES || crops === 2 * PLACES) {
      for (let half = 0; half < crops; half += PLACES) vote(row, half, votes);
    }
  }
  const matrix = sums.map((line) => Array.from(line, (sum) => (rows > 0 ? sum / rows : Number.NaN)));
  const cast = votes.reduce((sum, value) => sum + value, 0);
  if (cast === 0) return { cosine: matrix };
  const best = votes.indexOf(Math.max(...votes));
  const centreShare = votes[best]! / cast;
  const clear = rows >= FEWEST_ROWS && centreShare >= CLEAR_SHARE;
  return { cosine: matrix, centreShare, ...(clear ? { centre: best } : {}) };
}

function vote(row: Float64Array[], half: number, votes: Float64Array): void {
  let [best, most, least] = [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let crop = 0; crop < PLACES; crop++) {
    let sum = 0;
    for (let other = 0; other < PLACES; other++) sum += row[half + crop]![half + other]!;
    if (sum > most) [best, most] = [crop, sum];
    least = Math.min(least, sum);
  }
  if (most > least) votes[best]!++;
}
