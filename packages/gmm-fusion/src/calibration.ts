import { quantile } from '@robusta/core';
import type { Calibration } from './fusion.js';

/** λ = 0.25 at this quantile of the clean negative log-likelihoods, and 0.475 at their median. */
const MIDPOINT_QUANTILE = 0.99;

/**
 * c and x0 of Eq. 5 from the negative log-likelihoods of clean features that were not fitted:
 * with margin 1, x0 = -q99 and c = ln 19 / (q99 - q50), so that λ is 0.475 at the clean median and 0.25 at the 99th
 * percentile. The margin stretches the way from the median to the midpoint.
 * @param nll - at least one value, nats
 * @param margin - positive
 */
export function calibrate(nll: Float64Array, margin: number): Calibration {
  const sorted = nll.slice().sort();
  const middle = quantile(sorted, 0.5);
  const high = quantile(sorted, MIDPOINT_QUANTILE);
  // Equal values leave no scale. One nat is what changes a likelihood noticeably, and far below any real spread.
  const spread = Math.max(high - middle, 1, 1e-9 * Math.abs(high));
  return { c: Math.log(19) / (margin * spread), x0: -(high + (margin - 1) * spread) };
}
