/** A run of frames `[start, end)`. */
export interface Run {
  start: number;
  end: number;
}

/** The longest runs of indices below `length` that `holds` of every one, in order. */
export function runsWhere(length: number, holds: (index: number) => boolean): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < length; i++) {
    if (!holds(i)) continue;
    const start = i;
    while (i < length && holds(i)) i++;
    runs.push({ start, end: i });
  }
  return runs;
}
