import { RobustaError } from '@robusta/core';

/** float32 scores closer than this to 0 or 1 have lost their logit. */
const SMALLEST_SCORE = 2 ** -24;

/**
 * Energy of a detector with one score: -log(e^(z/2) + e^(-z/2)) = ½·log(s·(1 - s)), the negative log-sum-exp of its two
 * logits ±z/2, where z is the logit of the score s (Liu et al., "Energy-based out-of-distribution detection", 2020). The
 * more certain the detector is, the lower: -log 2 for s = 0.5, about -8.3 for s next to 0 or 1.
 * @param scores - `[T]`, anomaly scores in [0, 1]
 * @returns `[T]`, nats
 * @throws BAD_INPUT for a score outside [0, 1], which includes NaN
 */
export function detectorEnergy(scores: ArrayLike<number>): Float64Array {
  return Float64Array.from(scores, (score, t) => {
    if (!(score >= 0 && score <= 1)) {
      throw new RobustaError('BAD_INPUT', `detectorEnergy: score ${t} is ${score}; scores lie in [0, 1]`);
    }
    const s = Math.min(1 - SMALLEST_SCORE, Math.max(SMALLEST_SCORE, score));
    return 0.5 * Math.log(s * (1 - s));
  });
}
