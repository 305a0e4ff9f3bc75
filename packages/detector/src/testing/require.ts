/** A check of the conformance suite that a backbone does not pass. The message says what is wrong and what to do. */
export class ConformanceError extends Error {
  override name = 'ConformanceError';
}

/** @param problem - what is wrong, and what to do about it */
export function requireThat(holds: boolean, problem: string): asserts holds {
  if (!holds) throw new ConformanceError(problem);
}

export function requireFinite(values: ArrayLike<number>, what: string, remedy: string): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new ConformanceError(`${what}: element ${i} is ${values[i]}; ${remedy}`);
    }
  }
}

/** Fails where a value is farther off than `absolute`, naming the worst. */
export function requireClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  absolute: number,
  what: string,
  remedy: string,
): void {
  requireThat(
    actual.length === expected.length,
    `${what}: ${actual.length} values where ${expected.length} are expected; ${remedy}`,
  );
  let worst = -1;
  let most = absolute;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (difference <= most) continue;
    worst = i;
    most = difference;
    if (Number.isNaN(difference)) break;
  }
  if (worst < 0) return;
  throw new ConformanceError(
    `${what}: element ${worst} is ${actual[worst]} where ${expected[worst]} is expected; ${remedy}`,
  );
}

/** Largest absolute value. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}

export function equalBytes(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
