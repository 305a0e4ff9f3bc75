/** How far a value may be off: |a - e| <= absolute + relative * max(1 if `unitFloor`, |e|). */
export interface CloseTolerance {
  absolute?: number;
  relative?: number;
  /** `relative` is taken of max(1, |expected|) instead of |expected|. */
  unitFloor?: boolean;
  /** `relative` is taken of the largest |expected| of the whole array. */
  ofLargest?: boolean;
  label?: string;
}

/** Compares element by element and reports the worst one; NaN equals NaN, infinities must be equal. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: CloseTolerance,
): void {
  const { absolute = 0, relative = 0, unitFloor = false, ofLargest = false, label = 'array' } = tolerance;
  if (actual.length !== expected.length) {
    throw new Error(`${label}: length ${actual.length}, expected ${expected.length}`);
  }
  let largest = 0;
  if (ofLargest)
    for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!));
  let worst = -1;
  let worstExcess = 0;
  for (let i = 0; i < actual.length; i++) {
    const a = actual[i]!;
    const e = expected[i]!;
    if (Object.is(a, e) || a === e) continue;
    const scale = ofLargest ? largest : unitFloor ? Math.max(1, Math.abs(e)) : Math.abs(e);
    const difference = Math.abs(a - e);
    const excess = difference - (absolute + relative * scale);
    if (!(excess <= 0) && (worst < 0 || !(excess <= worstExcess))) {
      worst = i;
      worstExcess = excess;
    }
  }
  if (worst >= 0) {
    const a = actual[worst]!;
    const e = expected[worst]!;
    throw new Error(
      `${label}: element ${worst} of ${actual.length} is ${a}, expected ${e} ` +
        `(difference ${Math.abs(a - e)}, tolerance absolute ${absolute} relative ${relative})`,
    );
  }
}
