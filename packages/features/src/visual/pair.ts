/** What one difference image says, and how it differs from the one before. */
export interface PairStatistics {
  /** Mean |D|. */
  mean: number;
  /** Root mean square of D. */
  rms: number;
  /** Share of pixels with |D| > 6/255. */
  moving: number;
  /** Share of pixels with |D| > 20/255. */
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

/** Statistics of a difference image; `before` may be the image itself for the first pair. */
export function pairStatistics(now: Float32Array, before: Float32Array): PairStatistics {
  let mean = 0;
  let square = 0;
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
    square += a * a;
    signed += a;
    jump += Math.abs(m - Math.abs(b));
    rough += Math.abs(a - b);
    moving += +(m > 6 / 255);
    strong += +(m > 20 / 255);
  }
  const n = now.length;
  return {
    mean: mean / n,
    rms: Math.sqrt(square / n),
    moving: moving / n,
    strong: strong / n,
    signed: signed / n,
    jump: jump / n,
    // |a - b| is | |a| - |b| | where signs agree and |a| + |b| where they differ: twice the smaller one more.
    undone: (rough - jump) / (2 * n),
    rough: rough / n,
  };
}
