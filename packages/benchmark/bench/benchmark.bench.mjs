import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalRunner, createSyntheticDataset, extractJobs, loadXdViolence } from '@robusta/benchmark';
import { record } from '@robusta/test-kit/bench';

const folder = await mkdtemp(join(tmpdir(), 'robusta-bench-'));
const log = (name, value, unit, rest = {}) =>
  record({ package: '@robusta/benchmark', name, value, unit, ...rest });
const timed = async (run) => {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
};

try {
  const options = { videos: { train: 2, test: 6 }, seconds: 6, seed: 1 };
  const frames = 8 * 6 * 24;
  for (const jobs of [1, 2]) {
    const seconds = await timed(() =>
      createSyntheticDataset(join(folder, `data-${jobs}`), { ...options, jobs }),
    );
    log(`synthetic video 256x192, ${jobs} worker(s)`, frames / seconds, 'frames/s');
  }

  const dataset = await loadXdViolence(join(folder, 'data-1'));
  const conditions = ['brightness', 'fog', 'motion-blur', 'white', 'random-dropout', 'reverb'].map(
    (corruption) => ({
      corruption,
      severity: 3,
      seed: 0,
    }),
  );
  const plan = (workspace) => extractJobs(dataset, { workspace, extractor: 'lite', conditions });
  const recorded = dataset.videos.reduce((sum, { frames }) => sum + frames / 24, 0);
  // Every test video is seen under 3 conditions besides the clean one, and heard under 3.
  const extract = (workers, jobs) => timed(() => createLocalRunner({ workers }).run(jobs));
  const one = await extract(1, plan(join(folder, 'one')));
  const two = await extract(2, plan(join(folder, 'two')));
  log('lite features, clean and 6 corruptions, 1 worker', recorded / one, 'x real time');
  log('lite features, clean and 6 corruptions, 2 workers', recorded / two, 'x real time', {
    peer: '1 worker',
    ratio: one / two,
  });

  const separate = plan(join(folder, 'separate')).flatMap((job) =>
    job.conditions.map((condition) => ({ ...job, conditions: [condition] })),
  );
  const apart = await extract(1, separate);
  log('the same, one job for each condition, 1 worker', recorded / apart, 'x real time', {
    peer: 'one job for all conditions of a video',
    ratio: one / apart,
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}

await import('./build.bench.mjs');
await import('./stream.bench.mjs');
await import('./data.bench.mjs');
await import('./dataset.bench.mjs');
