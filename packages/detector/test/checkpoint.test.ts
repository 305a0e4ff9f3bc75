import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import {
  type Detector,
  type EpochReport,
  type StepReport,
  type TrainOptions,
  trainDetector,
} from '../src/index.js';
import { tiny } from './tiny-backbone.js';
import { toyVideos } from './toy.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterEach(() => rm(directory, { recursive: true }));

const validation = { videos: toyVideos(6) };

const train = (options: Partial<TrainOptions> = {}) =>
  trainDetector({
    backbone: tiny,
    data: toyVideos(12),
    fusion: 'shared',
    batchSize: 5,
    epochs: 4,
    schedule: 'cosine',
    validation,
    select: 'best',
    ...options,
  });

/** Stops a training after a step, as Ctrl-C would. */
async function stopped(after: number, options: Partial<TrainOptions> = {}): Promise<void> {
  const controller = new AbortController();
  const training = train({
    checkpoint: { directory },
    signal: controller.signal,
    ...options,
    onStep: (report) => {
      options.onStep?.(report);
      if (report.step === after) controller.abort();
    },
  });
  await expect(training).rejects.toMatchObject({ code: 'ABORTED' });
}

/** The same network with another loss. */
const withLoss = (change: (total: tf.Scalar, logits: tf.Tensor) => tf.Scalar): TrainOptions['backbone'] => ({
  ...tiny,
  build(config) {
    const model = tiny.build(config);
    return {
      ...model,
      lossTerms(output, labels, mask) {
        const { total, ...terms } = model.lossTerms(output, labels, mask);
        return { total: change(total, output.logits), ...terms };
      },
    };
  },
});

const described = ({ weights, description }: Detector) => ({ weights, description });

test('wherever a training is stopped, the continued one ends with the same weights and the same description', async () => {
  using whole = await train();
  for (const step of [1, 4, 5, 6, 19]) {
    await rm(directory, { recursive: true });
    const steps: number[] = [];
    const onStep = (report: StepReport) => steps.push(report.step);
    await stopped(step, { onStep });
    using continued = await train({ checkpoint: { directory }, onStep });
    expect(described(continued)).toEqual(described(whole));
    expect(steps).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  }
});

test('epochs are reported once, with the same loss and validation, also across an interruption', async () => {
  const reports = async (run: (onEpoch: (report: EpochReport) => void) => Promise<void>) => {
    const seen: unknown[] = [];
    await run(({ epoch, loss, terms, validation: value, best }) =>
      seen.push({ epoch, loss, terms, value, best }),
    );
    return seen;
  };
  const whole = await reports(async (onEpoch) => {
    using _ = await train({ onEpoch });
  });
  expect(whole).toHaveLength(4);
  const inParts = await reports(async (onEpoch) => {
    await stopped(3, { onEpoch });
    await stopped(10, { onEpoch });
    using _ = await train({ onEpoch, checkpoint: { directory } });
  });
  expect(inParts).toEqual(whole);
});

test('a finished training is not repeated', async () => {
  using first = await train({ checkpoint: { directory } });
  const steps: number[] = [];
  using second = await train({ checkpoint: { directory }, onStep: ({ step }) => steps.push(step) });
  expect(steps).toEqual([]);
  expect(described(second)).toEqual(described(first));
});

test('resume false begins anew and writes over what is there', async () => {
  await stopped(7);
  const steps: number[] = [];
  using _ = await train({
    checkpoint: { directory, resume: false },
    onStep: ({ step }) => steps.push(step),
  });
  expect(steps[0]).toBe(1);
});

test('the file is replaced as a whole, every so many seconds; an interrupted writing is no obstacle', async () => {
  const file = join(directory, 'checkpoint.safetensors');
  await writeFile(`${file}.part`, 'half a');
  const changes = new Set<number>();
  const controller = new AbortController();
  const training = train({
    checkpoint: { directory, everySeconds: 0 },
    signal: controller.signal,
    onStep: () => {
      stat(file).then(
        ({ ino }) => changes.add(ino),
        () => {},
      );
    },
  });
  using _ = await training;
  expect(changes.size).toBeGreaterThan(1);
  expect(await readdir(directory)).toEqual(['checkpoint.safetensors']);
});

test.each<[string, Partial<TrainOptions>]>([
  ['seed', { seed: 3 }],
  ['learningRate', { learningRate: 1 }],
  ['backbone', { backboneOptions: { width: 5 } }],
  ['data', { data: toyVideos(14) }],
  ['validation', { validation: { videos: toyVideos(4) } }],
])('a checkpoint of another %s is refused', async (key, options) => {
  await stopped(2);
  await expect(train({ checkpoint: { directory }, ...options })).rejects.toMatchObject({
    code: 'BAD_MODEL',
    message: expect.stringContaining(`of another training: ${key}`),
    hint: expect.stringContaining('resume'),
  });
});

test('a damaged checkpoint is refused by name', async () => {
  await stopped(2);
  const file = join(directory, 'checkpoint.safetensors');
  const whole = await readFile(file);
  const header = Buffer.from(whole);
  header.write('}', 12);
  const wrongNumber = Buffer.from(whole);
  wrongNumber.writeFloatLE(Number.NaN, whole.length - 4);
  for (const bytes of [whole.subarray(0, 1000), header, wrongNumber, Buffer.alloc(0)]) {
    await writeFile(file, bytes);
    await expect(train({ checkpoint: { directory } })).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining(file),
    });
  }
});

test('a loss that is no number stops the training and leaves the last good checkpoint', async () => {
  await stopped(6);
  const file = join(directory, 'checkpoint.safetensors');
  const good = await readFile(file);
  // The same training, except that the network now answers with NaN: such a step must not reach the file.
  const broken = withLoss((total) => total.sub(total.sub(total)).div(total.sub(total)).asScalar());
  await expect(train({ backbone: broken, checkpoint: { directory, everySeconds: 0 } })).rejects.toMatchObject(
    {
      code: 'NON_FINITE',
      message: expect.stringMatching(/epoch 2, batch 2 .*video-\d+.*largest feature/s),
      details: { epoch: 1, batch: 1, suspect: expect.stringMatching(/^video-/) },
    },
  );
  expect(await readFile(file)).toEqual(good);
});

test('a gradient that is no number, of a loss that is one, does not reach the checkpoint either', async () => {
  // The root has value 0 and no finite slope.
  const broken = withLoss((total, logits) => total.add(logits.mul(0).sqrt().sum()).asScalar());
  await stopped(6);
  const file = join(directory, 'checkpoint.safetensors');
  const good = await readFile(file);
  for (const everySeconds of [0, 60]) {
    await expect(train({ backbone: broken, checkpoint: { directory, everySeconds } })).rejects.toMatchObject({
      code: 'NON_FINITE',
    });
    expect(await readFile(file)).toEqual(good);
  }
  await expect(train({ backbone: broken, steps: 1 })).rejects.toMatchObject({
    code: 'NON_FINITE',
    message: expect.stringMatching(/step 1/),
  });
});

test('a folder that cannot be made is named', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  await expect(train({ checkpoint: { directory: file } })).rejects.toMatchObject({
    message: expect.stringContaining(file),
  });
});
