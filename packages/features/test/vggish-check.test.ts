import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeShared, expectClose } from '@robusta/test-kit';
import { checkVggish, logMelExamples, type Model, openModel, type VggishPca } from '../src/index.js';
import { rms } from './golden-networks.js';
import { writeSmallVggish } from './small-vggish.js';

// What TensorFlow's smoke test expects of the published weights.
const [mean, sd] = [0.000657, 0.343];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-vggish-check-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A model whose embeddings are those of the small network, scaled and moved. */
async function withModel<T>(affine: { scale: number; shift: number }, use: (model: Model) => Promise<T>) {
  const path = join(folder, 'model.onnx');
  await writeSmallVggish(path, 'vggish', affine);
  const model = await openModel(path, { kind: 'vggish', threads: 1 });
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}

/** What makes the embeddings of the sine as published in mean and deviation. */
async function published(): Promise<{ scale: number; shift: number }> {
  const { embedding } = await withModel({ scale: 1, shift: 0 }, (model) => checkVggish(model));
  const scale = sd / embedding.sd;
  return { scale, shift: mean - scale * embedding.mean };
}

test('statistics are those of the embeddings of three seconds of a sine', async () => {
  const sine = Float64Array.from({ length: 48000 }, (_, i) => Math.sin((2 * Math.PI * 1000 * i) / 16000));
  await withModel({ scale: 1, shift: 0 }, async (model) => {
    const values = await model.run(logMelExamples(sine), 3);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = rms(values.map((value) => value - average));
    const { embedding, quantized } = await checkVggish(model);
    expectClose([embedding.mean, embedding.sd], [average, deviation], { relative: 1e-5 });
    expect(quantized).toBeUndefined();
  });
});

test('weights that give other statistics are found out', async () => {
  const fitting = await published();
  for (const [change, names] of [
    [(affine: typeof fitting) => affine, []],
    [({ scale, shift }: typeof fitting) => ({ scale: scale * 1.05, shift: shift * 1.05 }), []],
    [({ scale, shift }: typeof fitting) => ({ scale: scale * 1.2, shift: shift * 1.2 }), ['mean', 'sd']],
    [({ scale, shift }: typeof fitting) => ({ scale, shift: shift + 0.001 }), ['mean']],
  ] as const) {
    const { passed, problems } = await withModel(change(fitting), (model) => checkVggish(model));
    expect(problems.map((text) => /^embedding: (\w+) .* sine of 1 kHz/.exec(text)?.[1])).toEqual(names);
    expect(passed).toBe(names.length === 0);
  }
});

test('the post-processing is checked with its parameters', async () => {
  const scaled = (factor: number): VggishPca => ({
    eigenVectors: Float64Array.from({ length: 128 * 128 }, (_, i) => (i % 129 === 0 ? factor : 0)),
    means: new Float64Array(128),
  });
  await withModel(await published(), async (model) => {
    const deviation = async (factor: number) => (await checkVggish(model, scaled(factor))).quantized!.sd;
    // The larger the factor, the more values lie at either end.
    let [low, high] = [0.1, 100];
    for (let i = 0; i < 20; i++) {
      const middle = Math.sqrt(low * high);
      if ((await deviation(middle)) < 89.3) low = middle;
      else high = middle;
    }
    expect(await checkVggish(model, scaled(high))).toMatchObject({ passed: true, problems: [] });
    const { passed, quantized, problems } = await checkVggish(model, scaled(1));
    expect([passed, problems]).toEqual([false, [expect.stringMatching(/^quantized: sd /)]]);
    // As bytes, the deviation of the embeddings is 0.343 * 255 / 4.
    expect(quantized!.sd).toBeCloseTo(sd * 63.75, 0);
  });
});

test('a model of another kind is refused', async () => {
  const path = join(folder, 'other.onnx');
  await writeSmallVggish(path, 'i3d-resnet50');
  const model = await openModel(path, { kind: 'i3d-resnet50', threads: 1 });
  try {
    await expect(checkVggish(model)).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('i3d-resnet50'),
    });
  } finally {
    await model.dispose();
  }
});

// The published checkpoint, where somebody has imported it to there.
describeShared('models/vggish.onnx', (path) => {
  test('the published weights pass', async () => {
    const model = await openModel(path, { kind: 'vggish' });
    try {
      expect(await checkVggish(model)).toMatchObject({ passed: true, problems: [] });
    } finally {
      await model.dispose();
    }
  });
});
