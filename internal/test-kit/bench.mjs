import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { json: { type: 'boolean' } }, strict: false });

/** Median milliseconds of one call: runs for about `seconds`, at least `minRuns` times, after one warm-up call. */
export async function measure(fn, { seconds = 1, minRuns = 5 } = {}) {
  await fn();
  const times = [];
  const end = performance.now() + seconds * 1000;
  while (times.length < minRuns || performance.now() < end) {
    const start = performance.now();
    await fn();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

/** Prints one result: a JSON line with --json, a readable line otherwise. */
export function record(result) {
  if (values.json) return console.log(JSON.stringify(result));
  const { package: name, name: what, value, unit, peer, ratio, target } = result;
  const parts = [`${name}  ${what}: ${Number(value.toPrecision(4))} ${unit}`];
  if (ratio !== undefined) parts.push(`${Number(ratio.toPrecision(3))}x ${peer ?? ''}`.trim());
  if (target !== undefined) parts.push(`(target ${target})`);
  console.log(parts.join('  '));
}
