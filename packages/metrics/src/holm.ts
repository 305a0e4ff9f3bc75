import { RobustaError } from '@robusta/core';

/**
 * p-values adjusted for several comparisons (Holm 1979): of m, the k-th smallest is multiplied by m − k + 1, made no
 * smaller than the one before it and at most 1. Rejecting those below α keeps the chance of any wrong rejection below
 * α, whatever the dependence between the comparisons. A table of many cells needs this.
 * @param pValues - in [0, 1] each
 * @returns in the same order
 * @throws BAD_INPUT for what is no probability
 */
export function holmAdjust(pValues: readonly number[]): number[] {
  pValues.forEach((p, i) => {
    if (!(p >= 0 && p <= 1)) throw new RobustaError('BAD_INPUT', `p-value ${i} of ${pValues.length} is ${p}`);
  });
  const adjusted = new Array<number>(pValues.length);
  let largest = 0;
  pValues
    .map((p, i) => ({ p, i }))
    .sort((a, b) => a.p - b.p)
    .forEach(({ p, i }, rank) => {
      largest = Math.max(largest, Math.min(1, p * (pValues.length - rank)));
      adjusted[i] = largest;
    });
  return adjusted;
}
