import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { xdviodet } from '@robusta/backbone-xdviodet';
import { Detector, type EpochReport, trainDetector } from '@robusta/detector';
import { loadFeatureFolders, runTraining, type TrainingConfig } from '../src/index.js';
import { dims, toyNames, toyRows, writeRows, writeToyFolders } from './feature-files.js';
import { inFolder } from './tiny-video.js';

const ids = toyNames(8);
const recipe = { epochs: 2, batchSize: 4, learningRate: 1e-3, fusion: 'concat' } as const;

/** Runs `body` with folders of features and the configuration of a training on them. */
const inFeatures = (body: (config: TrainingConfig, root: string) => Promise<void>) => () =>
  inFolder(async (root) => {
    const folders = await writeToyFolders(root, ids);
    await body({ ...folders, ...recipe, out: join(root, 'model') }, root);
  });

const weightsIn = (folder: string) => readFile(join(folder, 'model.safetensors'));

test(
  'files give the bytes that the same features in memory give',
  inFeatures(async (config, root) => {
    const { model, trainVideos, validationVideos, description } = await runTraining(config);
    expect([model, trainVideos, validationVideos]).toEqual([config.out, 8, 0]);
    expect(description.training).toMatchObject({ epochs: 2, stepsTaken: 2 * 4, batchSize: 4 });

    const { videos } = await loadFeatureFolders(config);
    const data = await Promise.all(
      videos.map(async ({ id, label, visual, audio }) => {
        if (!visual || !audio || !('read' in visual) || !('read' in audio)) throw new Error('not stored');
        return { id, label, visual: await visual.read(), audio: await audio.read() };
      }),
    );
    using detector = await trainDetector({ backbone: xdviodet, data, ...recipe });
    await detector.save(join(root, 'memory'));
    expect(await weightsIn(model)).toEqual(await weightsIn(join(root, 'memory')));
    using opened = await Detector.load(model, { backbone: xdviodet });
    expect(opened.features.visual).toEqual({ dim: dims.visual, crops: 2 });
  }),
);

test(
  'held-out videos are measured and not trained on; a line for each epoch; the same run again has nothing to do',
  inFeatures(async (config, root) => {
    const log = join(root, 'logs/metrics.jsonl');
    const measured: TrainingConfig = { ...config, validation: { holdout: 0.25 }, select: 'best', log };
    const reports: EpochReport[] = [];
    const first = await runTraining(measured, { onEpoch: (report) => reports.push(report) });
    expect([first.trainVideos, first.validationVideos]).toEqual([6, 2]);
    expect(first.description.training.data).toMatchObject({ videos: 6, anomalous: 3 });
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(reports);
    expect(reports.map(({ epoch }) => epoch)).toEqual([1, 2]);
    for (const { validation } of reports) expect(validation).toBeGreaterThan(0);

    const bytes = await weightsIn(first.model);
    await rm(join(first.model, 'model.safetensors'));
    let steps = 0;
    const again = await runTraining(measured, { onStep: () => steps++ });
    expect(steps).toBe(0);
    expect(again).toEqual(first);
    expect(await weightsIn(first.model)).toEqual(bytes);
    expect((await readFile(log, 'utf8')).trimEnd().split('\n')).toEqual(lines);
  }),
);

test(
  'stopped and gone on: the same bytes; epochs that are taken once more have one line',
  inFeatures(async (config, root) => {
    const whole = await runTraining(config);
    const log = join(root, 'metrics.jsonl');
    const parts: TrainingConfig = { ...config, out: join(root, 'parts'), log };
    const controller = new AbortController();
    const stopped = runTraining(parts, {
      signal: controller.signal,
      onStep: ({ step }) => step === 6 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    // As a killed process may leave it: an epoch that the checkpoint does not know, and half a line.
    await writeFile(log, `${await readFile(log, 'utf8')}{"epoch":2,"loss":9}\n{"epo`);
    const steps: number[] = [];
    const gone = await runTraining(parts, { onStep: ({ step }) => steps.push(step) });
    expect(steps).toEqual([7, 8]);
    expect(await weightsIn(gone.model)).toEqual(await weightsIn(whole.model));
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).epoch)).toEqual([1, 2]);
    expect(JSON.parse(lines[1]!).loss).not.toBe(9);

    await expect(runTraining({ ...parts, learningRate: 0.01 })).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('learningRate'),
      hint: expect.stringContaining('--restart'),
    });
    const other = await runTraining({ ...parts, learningRate: 0.01, restart: true });
    expect(await weightsIn(other.model)).not.toEqual(await weightsIn(whole.model));
  }),
);

test(
  'validation on folders of its own, with and without annotations; the preset for small sets',
  inFeatures(async (config, root) => {
    const { visual, audio } = await writeToyFolders(join(root, 'more'), ids.slice(0, 4));
    const annotations = join(root, 'annotations.txt');
    await writeFile(annotations, `${ids[1]} 64 112\n${ids[3]} 64 128\n`);
    const values: number[] = [];
    for (const extra of [{}, { annotations, metric: 'rocAuc' as const }]) {
      const { description } = await runTraining(
        {
          ...config,
          out: join(root, `m${values.length}`),
          preset: 'small',
          epochs: 1,
          validation: { visual, audio, ...extra },
        },
        { onEpoch: ({ validation }) => values.push(validation!) },
      );
      expect(description.training).toMatchObject({
        epochs: 1,
        cosinePeriod: 1,
        schedule: 'cosine',
        weightDecay: 3e-3,
      });
      expect(description.backbone.options).toMatchObject({ dropout: 0.3 });
      expect(description.training.seed).toBe(0);
    }
    expect(values).toHaveLength(2);
    expect(values[0]).not.toBe(values[1]);
  }),
);

test(
  'a published recipe keeps its seed unless another is given',
  inFeatures(async (config, root) => {
    const official = {
      ...config,
      backbone: 'hypervd',
      preset: 'official',
      steps: 1,
      batchSize: 2,
    } as const;
    const first = await runTraining({ ...official, epochs: undefined });
    const second = await runTraining({ ...official, epochs: undefined, seed: 4, out: join(root, 'b') });
    expect([first, second].map(({ description }) => description.training.seed)).toEqual([9, 4]);
  }),
);

describe('bad features end the training with the reason and the file', () => {
  const [normal, anomalous] = ids as [string, string];
  const rowsOf = (id: string, length: number, change: (rows: Float32Array) => void = () => {}) => {
    const rows = toyRows(id, length, dims.audio);
    change(rows);
    return rows;
  };
  const keep = async (folders: TrainingConfig, label: string) => {
    for (const id of ids.filter((name) => !name.includes(`_label_${label}`))) {
      for (const crop of [0, 1]) await rm(join(folders.visual!, `${id}__${crop}.npy`));
      await rm(join(folders.audio!, `${id}__vggish.npy`));
    }
  };
  const sound = (folders: TrainingConfig, id: string) => join(folders.audio!, `${id}__vggish.npy`);

  test.each<[string, string, (config: TrainingConfig) => Promise<unknown>, string[]]>([
    [
      'a NaN',
      'NON_FINITE',
      (config) =>
        writeRows(
          sound(config, anomalous),
          rowsOf(anomalous, 10, (rows) => rows.fill(Number.NaN, 5, 6)),
          dims.audio,
        ),
      [anomalous, '__vggish.npy', 'snippet 1'],
    ],
    [
      'another width',
      'FEATURE_MISMATCH',
      (config) => writeRows(sound(config, anomalous), rowsOf(anomalous, 15), 6),
      [anomalous, '__vggish.npy'],
    ],
    [
      'no snippets',
      'EMPTY_INPUT',
      (config) => writeRows(sound(config, normal), new Float32Array(0), dims.audio),
      [normal, '__vggish.npy'],
    ],
    ['normal videos only', 'NO_POSITIVE', (config) => keep(config, 'A'), ['normal']],
    ['anomalous videos only', 'NO_NEGATIVE', (config) => keep(config, 'B'), ['anomalous']],
    [
      'one crop too few',
      'FEATURE_MISMATCH',
      (config) => rm(join(config.visual!, `${anomalous}__1.npy`)),
      [anomalous],
    ],
  ])('%s: %s', (_what, code, spoil, names) =>
    inFeatures(async (config) => {
      await spoil(config);
      const error = await runTraining(config).catch((reason) => reason);
      expect(error).toMatchObject({ code });
      for (const name of names) expect(error.message).toContain(name);
    })(),
  );

  test(
    'a checkpoint of another backbone, and one that is damaged',
    inFeatures(async (config) => {
      await runTraining({ ...config, epochs: 1 });
      await expect(runTraining({ ...config, epochs: 1, backbone: 'hypervd' })).rejects.toMatchObject({
        code: 'BAD_MODEL',
        message: expect.stringMatching(/checkpoint\.safetensors.*hypervd/s),
      });
      const file = join(config.out, 'checkpoint/checkpoint.safetensors');
      await writeFile(file, (await readFile(file)).subarray(0, 900));
      await expect(runTraining({ ...config, epochs: 1 })).rejects.toMatchObject({
        code: 'BAD_MODEL',
        message: expect.stringContaining(file),
      });
    }),
  );

  test(
    'a loss that is no number: batch and videos are named, the checkpoint is from before',
    inFeatures(async (config) => {
      const wild = { ...config, learningRate: 1e30, checkpointSeconds: 0 };
      let steps = 0;
      const error = await runTraining(wild, { onStep: () => steps++ }).catch((reason) => reason);
      expect(error).toMatchObject({ code: 'NON_FINITE', hint: expect.stringContaining('learning rate') });
      expect(steps).toBeLessThan(8);
      expect(existsSync(join(config.out, 'model.json'))).toBe(false);
      const again = await runTraining(wild).catch((reason) => reason);
      expect(again.message).toBe(error.message);
    }),
  );

  test(
    'one snippet a video is enough',
    inFeatures(async (config, root) => {
      const short = join(root, 'short');
      await mkdir(short);
      for (const id of ids) await writeRows(join(short, `${id}.npy`), rowsOf(id, 1), dims.audio);
      const { description } = await runTraining({ ...recipe, audio: short, out: config.out });
      expect(description.features).toEqual({ audio: { dim: dims.audio, crops: 1 } });
    }),
  );
});

describe('options', () => {
  const base: TrainingConfig = { out: 'nowhere', visual: 'x' };
  test.each<[Partial<TrainingConfig>, string]>([
    [{ visual: undefined }, 'workspace, or folders'],
    [{ workspace: 'w' }, 'workspace, or folders'],
    [{ visual: undefined, workspace: 'w', list: 'l' }, 'list goes with'],
    [{ validation: {} }, 'holdout, test, or folders'],
    [{ validation: { holdout: 0.1, visual: 'v' } }, 'holdout, test, or folders'],
    [{ validation: { test: true } }, 'goes with a workspace'],
    [{ validation: { holdout: 0.1, annotations: 'a' } }, 'annotations go with'],
    [{ validation: { holdout: 1 } }, 'holdout'],
    [{ backbone: 'mine' as 'rtfm' }, 'backbone'],
  ])('%j is refused', async (change, reason) => {
    await expect(runTraining({ ...base, ...change } as TrainingConfig)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(reason),
    });
  });

  test('a folder that is no workspace', () =>
    inFolder((root) =>
      expect(runTraining({ workspace: root, out: join(root, 'm') })).rejects.toMatchObject({
        code: 'FILE_NOT_FOUND',
        message: expect.stringContaining('dataset.jsonl'),
        hint: expect.stringContaining('robusta benchmark'),
      }),
    ));
});
