import { setTimeout } from 'node:timers/promises';

/** Threads of either side wait busily for a while after their work, and would take the cores from the other. */
const PAUSE = 300;

/** Median milliseconds of one call: runs for about `seconds`, at least `minRuns` times, after one warm-up call. */
export async function measure(fn, { seconds = 1, minRuns = 5 } = {}) {
  await fn();
  const times = [];
  const end = performance.now() + seconds * 1000;
  while (times.length < minRuns || performance.now() < end) times.push(await timed(fn));
  return median(times);
}

/** Medians of the milliseconds of two calls in turn, so that both see the same machine; see index.d.mts. */
export async function measurePair(own, theirs, { count, warmUp = 0 }) {
  const times = { own: [], theirs: [] };
  for (let i = 0; i < warmUp + count; i++) {
    const other = theirs ? await after(PAUSE, theirs) : Number.NaN;
    const mine = await after(theirs ? PAUSE : 0, () => timed(own));
    if (i < warmUp) continue;
    times.own.push(mine);
    times.theirs.push(other);
  }
  return { own: median(times.own), theirs: median(times.theirs) };
}

async function after(milliseconds, call) {
  await setTimeout(milliseconds);
  return call();
}

async function timed(fn) {
  const start = performance.now();
  await fn();
  return performance.now() - start;
}

function median(times) {
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}
