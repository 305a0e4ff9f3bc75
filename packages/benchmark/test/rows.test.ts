import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchmarkResult, BenchmarkResultSchema } from '@robusta/core';
import {
  type BenchmarkConfig,
  createSyntheticDataset,
  type DatasetProblem,
  runBenchmark,
  runBenchmarks,
} from '../src/index.js';
import { toyNames, writeToyFolders } from './feature-files.js';

let folder: string;
let config: BenchmarkConfig;
let result: BenchmarkResult;
const problems: DatasetProblem[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-rows-'));
  const root = join(folder, 'dataset');
  await createSyntheticDataset(root, { videos: { train: 4, test: 4 }, seconds: 3, width: 64, height: 48 });
  config = {
    dataset: 'synthetic',
    root,
    workspace: join(folder, 'workspace'),
    corruptions: ['fog', 'fog+white', 'mixed-audio', 'missing-visual', 'missing-audio', 'fog@missing-audio'],
    levels: [0, 50, 100],
    severities: [5],
    methods: ['concat', 'average', 'dynamic'],
    seeds: [1, 2],
    training: { epochs: 2, batchSize: 4 },
    resamples: 20,
    transfer: [{ dataset: 'synthetic', root }],
  };
  result = await runBenchmark(config, { onProblem: (problem) => problems.push(problem) });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a row has in common with another at a level, of every method and seed. */
const areas = (corruption: string, level: number, severity = 3) =>
  result.records
    .filter((r) => r.corruption === corruption && r.level === level && r.severity === severity)
    .map(({ method, seed, ap, prAuc, rocAuc }) => ({ method, seed, ap, prAuc, rocAuc }));

test('every row has its cells, other severities only the highest level of rows that they change', () => {
  BenchmarkResultSchema.parse(JSON.parse(JSON.stringify(result)));
  const rows = (severity: number) =>
    result.records.filter((r) => r.severity === severity && r.seed === 1 && r.method === 'average');
  expect(rows(3).map(({ corruption, level }) => `${corruption} ${level}`)).toEqual(
    config.corruptions!.flatMap((row) => [0, 50, 100].map((level) => `${row} ${level}`)),
  );
  expect(rows(5).map(({ corruption, modality, level }) => [corruption, modality, level])).toEqual([
    ['fog', 'visual', 100],
    ['fog+white', 'both', 100],
    ['mixed-audio', 'audio', 100],
    ['fog@missing-audio', 'visual', 100],
  ]);
  expect(areas('fog', 100, 5)).not.toEqual(areas('fog', 100));
});

test('level 0 is the clean video to the bit, and equal inputs give equal cells whatever the row', () => {
  for (const row of ['fog+white', 'mixed-audio', 'missing-visual', 'missing-audio']) {
    expect(areas(row, 0)).toEqual(areas('fog', 0));
  }
  expect(areas('fog@missing-audio', 0)).toEqual(areas('missing-audio', 100));
  expect(areas('missing-audio', 100)).not.toEqual(areas('fog', 0));
  // What is left is one modality, however it is weighed.
  const byMethod = (method: string) =>
    areas('fog@missing-audio', 100)
      .filter((cell) => cell.method === method)
      .map(({ ap }) => ap);
  expect(byMethod('dynamic')).toEqual(byMethod('average'));
});

test('a mixed row with fewer videos than types is told of', () => {
  expect(problems).toEqual([
    expect.objectContaining({ video: 'mixed-audio', message: expect.stringContaining('at 50, 100 %') }),
  ]);
  expect(result.skipped).toEqual([]);
});

test('methods are compared with the first one, at level 0 and the highest', () => {
  const { comparisons = [] } = result;
  expect(comparisons).toHaveLength(6 * 2 * 2 * 2);
  for (const { a, b, corruption, level, seed, difference, low, high, samples } of comparisons) {
    expect(b).toBe('concat');
    const ap = (method: string) =>
      areas(corruption, level).find((cell) => cell.method === method && cell.seed === seed)!.ap;
    expect(difference).toBeCloseTo(ap(a) - ap(b), 12);
    expect(low).toBeLessThanOrEqual(high);
    expect(samples).toBeLessThanOrEqual(20);
    expect([0, 100]).toContain(level);
  }
});

test('weights, detection, curves of the rows that have them', () => {
  const names = (list: { corruption: string; modality: string; seed: number }[] = []) =>
    list.filter(({ seed }) => seed === 1).map(({ corruption, modality }) => `${corruption} ${modality}`);
  expect(names(result.weights)).toEqual([
    'fog visual',
    'fog+white visual',
    'fog+white audio',
    'mixed-audio audio',
  ]);
  expect(names(result.detection)).toEqual(['fog visual', 'mixed-audio audio']);
  const [visual, audio] = result.weights!.slice(1, 3);
  // Weights of a snippet sum to 1, and so do the means.
  expect(visual!.corrupted.mean + audio!.corrupted.mean).toBeCloseTo(1, 6);
  for (const { corrupted } of result.weights!) {
    expect(corrupted.q05).toBeLessThanOrEqual(corrupted.q50);
    expect(corrupted.q50).toBeLessThanOrEqual(corrupted.q95);
  }
  const { curves = [] } = result;
  // Both anomalous test videos, six rows, three methods, the first seed.
  expect(curves).toHaveLength(2 * 6 * 3);
  for (const { clean, corrupted, seed, frames, intervals } of curves) {
    expect([clean.length, corrupted.length, seed, frames]).toEqual([4, 4, 1, 72]);
    expect(intervals).toHaveLength(1);
  }
});

test('on the dataset that it was tested on, the transfer is the clean cell', () => {
  const clean = areas('fog', 0).map(({ method, seed, ap, rocAuc }) => ({
    ...{ dataset: 'synthetic', testVideos: 4, method, seed, ap, rocAuc },
  }));
  expect(result.transfer).toEqual(clean);
});

test('a finished run is not measured again, and its costs stay', async () => {
  const results = join(config.workspace, 'results');
  const file = join(results, `${result.run}.json`);
  const costs = join(results, `${result.run}.costs.json`);
  const before = [await readFile(costs, 'utf8'), (await stat(file)).mtimeMs];
  expect(JSON.parse(before[0] as string).map(({ stage }: { stage: string }) => stage)).toEqual([
    'features',
    'transfer features',
    'training',
    'scoring',
    'measuring',
    'transfer',
  ]);
  const stages = new Set<string>();
  const again = await runBenchmark(config, { onProgress: ({ stage }) => stages.add(stage) });
  expect(JSON.stringify(again)).toBe(JSON.stringify(result));
  expect([await readFile(costs, 'utf8'), (await stat(file)).mtimeMs]).toEqual(before);
  expect([...stages].filter((stage) => /scoring|measuring|training/.test(stage))).toEqual([]);
});

test('several backbones: a result each, on the same features, in files of their own', async () => {
  const results = await runBenchmarks({
    ...config,
    backbones: ['xdviodet', 'hypervd'],
    corruptions: ['mixed-audio'],
    severities: [],
    levels: [0, 100],
    methods: ['concat', 'dynamic'],
    seeds: [1],
    transfer: [],
    training: { epochs: 1, batchSize: 4 },
  });
  expect(results.map(({ configuration }) => configuration.backbone)).toEqual(['xdviodet', 'hypervd']);
  const files = await readdir(join(config.workspace, 'results'));
  for (const { run, records } of results) {
    expect(files).toContain(`${run}.json`);
    expect(records).toHaveLength(4);
  }
  expect(new Set([result, ...results].map(({ run }) => run)).size).toBe(3);
});

test('published features alone: trained and tested on, rows that need videos are refused', async () => {
  const root = join(folder, 'published');
  const ids = toyNames(8);
  await writeToyFolders(root, ids);
  const [train, test] = [ids.slice(0, 4), ids.slice(4)];
  await mkdir(join(root, 'list'));
  const list = (names: string[]) => names.map((id) => `/x/${id}__vggish.npy`).join('\n');
  await writeFile(join(root, 'list', 'audio.list'), list(train));
  await writeFile(join(root, 'list', 'audio_test.list'), list(test));
  const annotated = test.filter((id) => !id.includes('_label_A')).map((id) => `${id} 48 96`);
  await writeFile(join(root, 'list', 'annotations.txt'), annotated.join('\n'));
  const published: BenchmarkConfig = {
    dataset: 'xd-violence',
    root,
    workspace: join(folder, 'published-workspace'),
    corruptions: ['missing-visual', 'missing-audio'],
    levels: [0, 100],
    methods: ['concat', 'average', 'dynamic'],
    seeds: [0],
    training: { epochs: 1, batchSize: 4 },
    weighting: { components: 1 },
    resamples: 0,
  };
  const { dataset, records, comparisons } = await runBenchmark(published);
  expect(dataset).toMatchObject({ trainVideos: 4, testVideos: 4, anomalousFrames: 96 });
  expect(records).toHaveLength(2 * 2 * 3);
  expect(comparisons).toBeUndefined();
  await expect(runBenchmark({ ...published, corruptions: ['fog'] })).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining('fog'),
  });
});
