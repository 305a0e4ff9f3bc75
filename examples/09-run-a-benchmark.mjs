/*
 * Shows: the whole job from code. A small dataset is made, corrupted and extracted, detectors are trained on clean
 * videos, and average precision is measured for each method, corruption and share of corrupted test videos.
 * The numbers of a dataset this small mean nothing; loadXdViolence reads a real one that is laid out alike.
 * Prints what was measured, and the files of the report:
 *
 *   4 training and 4 test videos, 0 skipped
 *   8 numbers: fog, white at 0 and 100 %, by average, dynamic
 *   clean videos: average …, dynamic …
 *   report: report.html, table1.csv, table1.md
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createSyntheticDataset, runBenchmark } from '@robusta/benchmark';
import { writeReport } from '@robusta/report';

const scratch = await mkdtemp(join(tmpdir(), 'robusta-example-'));
const root = join(scratch, 'dataset');
await createSyntheticDataset(root, { videos: { train: 4, test: 4 }, seconds: 3, width: 96, height: 72 });

// What is in the workspace already is not made again: a run that was stopped goes on where it was.
/** @type {import('@robusta/benchmark').BenchmarkConfig} */
const config = {
  dataset: 'synthetic',
  root,
  workspace: join(scratch, 'run'),
  corruptions: ['fog', 'white'],
  levels: [0, 100],
  methods: ['average', 'dynamic'],
  seeds: [0],
  training: { epochs: 3 },
};
const result = await runBenchmark(config, { onProblem: ({ message }) => console.error(message) });

const { dataset, records, skipped } = result;
const all = (key) => [...new Set(records.map((record) => record[key]))];
console.log(
  `${dataset.trainVideos} training and ${dataset.testVideos} test videos, ${skipped.length} skipped`,
);
const rows = `${all('corruption').join(', ')} at ${all('level').join(' and ')} %`;
console.log(`${records.length} numbers: ${rows}, by ${all('method').join(', ')}`);
const clean = records.filter(({ corruption, level }) => corruption === 'fog' && level === 0);
console.log('clean videos:', clean.map(({ method, ap }) => `${method} ${(100 * ap).toFixed(1)}`).join(', '));

const files = await writeReport(result, join(scratch, 'report'));
console.log(
  'report:',
  Object.values(files)
    .map((file) => basename(file))
    .sort()
    .join(', '),
);
await rm(scratch, { recursive: true });
