import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCorruptedDataset, createSyntheticDataset, loadXdViolence } from '@robusta/benchmark';
import { record } from '@robusta/test-kit/bench';

const folder = await mkdtemp(join(tmpdir(), 'robusta-bench-build-'));
const log = (name, value, unit, rest = {}) =>
  record({ package: '@robusta/benchmark', name, value, unit, ...rest });

try {
  const root = join(folder, 'data');
  await createSyntheticDataset(root, { videos: { train: 2, test: 4 }, seconds: 6, seed: 1 });
  const dataset = await loadXdViolence(root);
  const test = dataset.videos.filter(({ split }) => split === 'test');
  const recorded = test.reduce((sum, { frames }) => sum + frames / 24, 0);
  const build = async (out, options) => {
    const before = process.cpuUsage();
    const start = performance.now();
    await buildCorruptedDataset(dataset, { out: join(folder, out), ...options });
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
  };
  // Compiling and opening what is opened once.
  await build('warm', { corruptions: ['brightness', 'white'] });
  const one = await build('one', { workers: 1 });
  const two = await build('two', { workers: 2 });
  log('corrupted features, clean and all 16 corruptions, 1 worker', recorded / one.seconds, 'x real time');
  log('the same, 2 workers', recorded / two.seconds, 'x real time', {
    peer: '1 worker',
    ratio: one.seconds / two.seconds,
    target: 1.8,
  });
  log('the same, processor time of a second of video', two.processor / recorded, 's');
  const again = await build('two', { workers: 2 });
  log('the same again, nothing to do', again.seconds, 's', { target: 5 });
} finally {
  await rm(folder, { recursive: true, force: true });
}
