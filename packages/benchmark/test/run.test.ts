import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchmarkResultSchema } from '@robusta/core';
import {
  type BenchmarkConfig,
  createSyntheticDataset,
  type DatasetProblem,
  findModel,
  runBenchmark,
  runTraining,
  type StageProgress,
  scoreVideo,
} from '../src/index.js';

let folder: string;
let config: BenchmarkConfig;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-run-'));
  const root = join(folder, 'dataset');
  await createSyntheticDataset(root, { videos: { train: 4, test: 4 }, seconds: 4, width: 64, height: 48 });
  config = {
    dataset: 'synthetic',
    root,
    workspace: join(folder, 'workspace'),
    corruptions: ['fog', 'white'],
    levels: [0, 100],
    seeds: [5],
    training: { epochs: 2, batchSize: 4 },
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a run writes every cell with its configuration, and a second one makes only what is missing', async () => {
  const stages = new Set<string>();
  const result = await runBenchmark(config, { onProgress: ({ stage }: StageProgress) => stages.add(stage) });
  expect([...stages]).toEqual([
    'reading the dataset',
    'extracting features',
    'training concat, seed 5',
    'training shared, seed 5',
    'scoring, seed 5',
    'measuring, seed 5',
  ]);
  expect(result.records).toHaveLength(2 * 2 * 3);
  for (const record of result.records) {
    expect(record.ap).toBeGreaterThan(0);
    expect(record.seed).toBe(5);
    expect(record.corruptedVideos).toBe(record.level === 100 ? 4 : 0);
  }
  expect(result.detection!.map(({ corruption, modality }) => [corruption, modality])).toEqual([
    ['fog', 'visual'],
    ['white', 'audio'],
  ]);
  const file = join(config.workspace, 'results', `${result.run}.json`);
  const written = BenchmarkResultSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  expect(written).toEqual(JSON.parse(JSON.stringify(result)));
  expect(written.configuration).toMatchObject({ severity: 3, training: { epochs: 2 } });

  const feature = (name: string) =>
    join(config.workspace, 'features', name, 'synth.test.000__#1_label_A.npy');
  const fog = feature('lite-visual/fog-s3-seed0');
  const clean = feature('lite-visual/clean');
  const bytes = await readFile(fog);
  const { mtimeMs } = await stat(clean);
  await rm(fog);
  const again = await runBenchmark(config);
  expect(again).toEqual(result);
  expect(await readFile(fog)).toEqual(bytes);
  expect((await stat(clean)).mtimeMs).toBe(mtimeMs);
});

test.each(['energy', 'none'] as const)(
  'density %s: weights of the detector, or equal ones',
  async (density) => {
    const { records, detection } = await runBenchmark({
      ...config,
      corruptions: ['fog'],
      methods: ['average', 'dynamic'],
      weighting: { density },
    });
    const ap = (method: string) => records.filter((record) => record.method === method).map(({ ap }) => ap);
    if (density === 'none') {
      expect(ap('dynamic')).toEqual(ap('average'));
      expect(detection).toBeUndefined();
    } else {
      expect(ap('dynamic').every((value) => value > 0)).toBe(true);
      expect(detection).toHaveLength(1);
    }
    const model = await findModel(config.workspace);
    const video = join(config.root, 'videos/test/synth.test.000__#1_label_A.mp4');
    const { snippets } = await scoreVideo(video, model);
    expect(snippets[0]!.lambdaVisual! + snippets[0]!.lambdaAudio!).toBeCloseTo(1, 6);
  },
);

test('a trained model scores a file: one score a snippet, weights that sum to 1', async () => {
  const model = await findModel(config.workspace);
  const video = join(config.root, 'videos/test/synth.test.000__#1_label_A.mp4');
  const scored = await scoreVideo(video, model);
  expect(scored.modalities).toEqual(['visual', 'audio']);
  expect(scored.snippets).toHaveLength(6);
  for (const { score, visual, audio, lambdaVisual, lambdaAudio } of scored.snippets) {
    expect(lambdaVisual! + lambdaAudio!).toBeCloseTo(1, 6);
    expect(score).toBeCloseTo(lambdaVisual! * visual! + lambdaAudio! * audio!, 6);
  }
  expect(scored.snippets[5]).toMatchObject({ start: 5 * (2 / 3), end: 4 });
});

test.each([
  ['hypervd', {}],
  // Narrow, since jest's realm computes slowly.
  ['rtfm', { branchWidth: 8, fc1Width: 8 }],
] as const)(
  '%s: trained, saved under its name, opened again and scored',
  async (backbone, backboneOptions) => {
    const result = await runBenchmark({
      ...config,
      backbone,
      corruptions: ['fog'],
      methods: ['padding', 'average'],
      training: { epochs: 1, batchSize: 2, backboneOptions },
    });
    expect(result.records.map(({ method, level }) => `${method} ${level}`)).toEqual([
      'padding 0',
      'average 0',
      'padding 100',
      'average 100',
    ]);
    expect(result.configuration).toMatchObject({ backbone, training: { epochs: 1, schedule: 'cosine' } });
    const models = (await readdir(join(config.workspace, 'models'))).filter((name) =>
      name.includes(backbone),
    );
    expect(models.map((name) => name.replace(/-[0-9a-f]{8}$/, '')).sort()).toEqual([
      `synthetic-${backbone}-padding-s5`,
      `synthetic-${backbone}-shared-s5`,
    ]);
    const padded = models.find((name) => name.includes('padding'))!;
    const video = join(config.root, 'videos/test/synth.test.000__#1_label_A.mp4');
    const { snippets } = await scoreVideo(video, join(config.workspace, 'models', padded));
    expect(snippets).toHaveLength(6);
    // Without mixtures, which belong to the projected model, both modalities count alike.
    for (const { lambdaVisual, lambdaAudio } of snippets)
      expect([lambdaVisual, lambdaAudio]).toEqual([0.5, 0.5]);
  },
);

test('its features train a detector of their own, which scores a file', async () => {
  const out = join(folder, 'trained');
  const measured: (number | undefined)[] = [];
  const { trainVideos, validationVideos, description } = await runTraining(
    { workspace: config.workspace, out, preset: 'small', epochs: 1, validation: { test: true } },
    { onEpoch: ({ validation }) => measured.push(validation) },
  );
  expect([trainVideos, validationVideos, description.fusion]).toEqual([4, 4, 'shared']);
  expect(measured).toEqual([expect.any(Number)]);
  const video = join(config.root, 'videos/test/synth.test.000__#1_label_A.mp4');
  for (const { lambdaVisual, lambdaAudio } of (await scoreVideo(video, out)).snippets) {
    expect(lambdaVisual! + lambdaAudio!).toBeCloseTo(1, 6);
  }
});

test('a model folder of a backbone that is not known is refused', async () => {
  const model = await findModel(config.workspace);
  const copy = join(folder, 'copy');
  await cp(model, copy, { recursive: true });
  const file = join(copy, 'model.json');
  const json = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...json, backbone: { ...json.backbone, name: 'mine' } }));
  const video = join(config.root, 'videos/test/synth.test.000__#1_label_A.mp4');
  await expect(scoreVideo(video, copy)).rejects.toMatchObject({
    code: 'BAD_MODEL',
    message: expect.stringContaining(file),
    hint: expect.stringContaining('xdviodet, hypervd, rtfm'),
  });
});

test('a damaged video is skipped and named, the others are used', async () => {
  const damaged = 'synth.test.000__#1_label_A';
  await truncate(join(config.root, `videos/test/${damaged}.mp4`), 3000);
  const problems: DatasetProblem[] = [];
  const result = await runBenchmark(config, { onProblem: (problem) => problems.push(problem) });
  expect(result.skipped).toEqual([expect.objectContaining({ video: damaged })]);
  expect(problems).toHaveLength(1);
  expect(problems[0]!.message).toContain(damaged);
  expect(result.dataset.testVideos).toBe(3);
});

test('a video that fails only when it is decoded is skipped, also where the dataset lies in the workspace', async () => {
  const within = { ...config, workspace: config.root };
  const name = 'synth.train.000__#1_label_A';
  const video = join(config.root, `videos/train/${name}.mp4`);
  await utimes(video, 1e9, 1e9);
  await runBenchmark(within);
  // Same size and time: the dataset is taken as known, and only decoding meets the damage.
  await writeFile(video, Buffer.alloc((await stat(video)).size));
  await utimes(video, 1e9, 1e9);
  await rm(join(config.root, 'features'), { recursive: true });
  const result = await runBenchmark(within);
  expect(result.skipped.map((problem) => problem.video)).toContain(name);
  expect(result.dataset.trainVideos).toBe(3);
});

test('an abort stops the run with ABORTED and leaves no result', async () => {
  const controller = new AbortController();
  const workspace = join(folder, 'aborted');
  const run = runBenchmark(
    { ...config, workspace },
    { signal: controller.signal, onProgress: () => controller.abort() },
  );
  await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
});

test('a workspace that cannot be written to ends the run with the reason, and blames no video', async () => {
  const workspace = join(folder, 'blocked');
  await mkdir(workspace);
  // A file in the place of a folder: refused for root too, unlike missing permissions.
  await writeFile(join(workspace, 'features'), '');
  const problems: DatasetProblem[] = [];
  const run = runBenchmark({ ...config, workspace }, { onProblem: (problem) => problems.push(problem) });
  await expect(run).rejects.toMatchObject({ message: expect.stringContaining(join(workspace, 'features')) });
  expect(problems.filter(({ message }) => message.includes(workspace))).toEqual([]);
});

test('refusals', async () => {
  await expect(runBenchmark({ ...config, severity: 6 as 5 })).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining('severity'),
  });
  const elsewhere = { ...config, workspace: join(folder, 'elsewhere') };
  await expect(runBenchmark({ ...elsewhere, root: `${tmpdir()}/robusta-none` })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  });
  await expect(runBenchmark({ ...elsewhere, backbones: ['rtfm', 'hypervd'] })).rejects.toMatchObject({
    code: 'BAD_OPTION',
    hint: 'call runBenchmarks',
  });
  await expect(findModel(folder)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});
