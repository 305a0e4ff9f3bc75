/** What one difference image says, and how it differs from the one before. */
export interface PairStatistics {
  /** Mean |D|. */
  mean: number;
  /** Soft share of pixels with |D| > 6/255: mean of D^4 / (D^4 + (6/255)^4). */
  moving: number;
  /** The same for 20/255. */
  strong: number;
  /** Mean D. */
  signed: number;
  /** Mean of | |D| - |D before| |. */
  jump: number;
  /** Mean of min(|D|, |D before|) where the signs differ, 0 elsewhere. */
  undone: number;
  /** Mean |D - D before|. */
  rough: number;
}

// A hard threshold would let the rounding of pixels decide.
const MOVING = (6 / 255) ** 4;
const STRONG = (20 / 255) ** 4;

/** Statistics of a difference image; `before` may be the image itself for the first pair. */
export function pairStatistics(now: Float32Array, before: Float32Array): PairStatistics {
  let mean = 0;
  let moving = 0;
  let strong = 0;
  let signed = 0;
  let jump = 0;
  let rough = 0;
  for (let i = 0; i < now.length; i++) {
    const a = now[i]!;
    const b = before[i]!;
    const m = Math.abs(a);
    mean += m;
    signed += a;
    jump += Math.abs(m - Math.abs(b));
    rough += Math.abs(a - b);
    const fourth = a * a * a * a;
    moving += fourth / (fourth + MOVING);
    strong += fourth / (fourth + STRONG);
  }
  const n = now.length;
  return {
    mean: mean / n,
    moving: moving / n,
    strong: strong / n,
    signed: signed / n,
    jump: jump / n,
    // |a - b| is | |a| - |b| | where signs agree and |a| + |b| where they differ: twice the smaller one more.
    undone: (rough - jump) / (2 * n),
    rough: rough / n,
  };
}
