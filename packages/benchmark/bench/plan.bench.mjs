// Planning a run of the size of XD-Violence, all rows of tables I and II: time and memory. Nothing is read or written.
import { planBenchmark } from '@robusta/benchmark';
import { record } from '@robusta/test-kit/bench';

const VIDEOS = { train: 3954, test: 800 };
const video = (split, i) => ({
  id: `v=${split}${i}__#1_label_${i % 2 === 0 ? 'A' : 'B1-0-0'}`,
  path: `videos/${split}/${i}.mp4`,
  split,
  label: i % 2,
  fps: 24,
  frames: 4800,
  intervals: i % 2 === 1 && split === 'test' ? [[240, 960]] : [],
  modalities: ['visual', 'audio'],
  sha256: i.toString(16).padStart(64, '0'),
  bytes: 1e7,
  mtimeMs: 0,
});
const videos = Object.entries(VIDEOS).flatMap(([split, count]) =>
  Array.from({ length: count }, (_, i) => video(split, i)),
);
const config = {
  dataset: 'xd-violence',
  root: 'data',
  workspace: 'workspace',
  corruptions: ['table1', 'table2'],
  seeds: [0, 1, 2],
};

const start = performance.now();
const plan = planBenchmark(config, { root: 'data', videos });
const seconds = (performance.now() - start) / 1000;
const megabytes = process.resourceUsage().maxRSS / 1024;

const of = { package: 'benchmark' };
record({ ...of, name: 'plan XD-Violence', value: seconds, unit: 's', target: 10 });
record({ ...of, name: 'plan XD-Violence, memory of the process', value: megabytes, unit: 'MB', target: 500 });
record({ ...of, name: 'feature files', value: plan.features, unit: 'files' });
record({
  ...of,
  name: 'pairs of inputs that a model scores',
  value: plan.pairs[0].count,
  unit: 'pairs',
});
