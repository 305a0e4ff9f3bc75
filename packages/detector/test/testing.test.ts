import { expectClose } from '@robusta/test-kit';
import { type Backbone, trainDetector } from '../src/index.js';
import { noise, paddedBatch, runPass, toyVideos, trainOnBatch } from '../src/testing/index.js';
import { elaborate } from './elaborate-backbone.js';
import { tiny } from './tiny-backbone.js';

const dims = { visualDim: 6, audioDim: 4 };
const dim = dims.visualDim + dims.audioDim;

/** The joined features of each crop of each video: what a training batch of all of them holds. */
function batchOf(videos: ReturnType<typeof toyVideos>) {
  const sequences = videos.flatMap(({ visual, audio }) =>
    Array.from({ length: visual.crops }, (_, crop) => {
      const rows = Array.from({ length: visual.length }, (_unused, t) => {
        const start = (t * visual.crops + crop) * visual.dim;
        const own = visual.data.subarray(start, start + visual.dim);
        return [...own, ...audio.data.subarray(t * audio.dim, (t + 1) * audio.dim)];
      });
      return Float32Array.from(rows.flat());
    }),
  );
  return paddedBatch(sequences, dim);
}

test.each<{ backbone: Backbone; crops: number }>([
  { backbone: tiny, crops: 1 },
  { backbone: elaborate, crops: 2 },
])('trainOnBatch takes the steps of trainDetector: $backbone.name', async ({ backbone, crops }) => {
  const made = backbone.build({ inputDim: dim, dropout: 0 });
  const weights = made.init(3);
  const from = {
    ...backbone,
    build: (config: object) => ({ ...backbone.build(config as never), init: () => weights }),
  };
  // Normal ones first, as in batches of halves; of one batch the order within the halves makes no difference.
  const videos = toyVideos(8, { ...dims, crops }).sort((a, b) => a.label - b.label);
  const options = { learningRate: 0.01, weightDecay: 0.1 };
  const losses: number[] = [];
  using detector = await trainDetector({
    ...options,
    backbone: from,
    backboneOptions: { dropout: 0 },
    data: videos,
    fusion: 'concat',
    inputScaling: 'none',
    schedule: 'constant',
    batchSize: 8,
    epochs: 4,
    onEpoch: ({ loss }) => losses.push(loss),
  });
  const batch = { ...batchOf(videos), labels: Float32Array.from(videos, ({ label }) => label) };
  const ours = await trainOnBatch(made, weights, batch, { ...options, steps: 4 });
  expectClose(ours.losses, losses, { relative: 1e-5 });
  for (const [name, { data }] of Object.entries(ours.weights.at(-1)!)) {
    expectClose(data, detector.weights[`backbone.${name}`]!.data, { absolute: 1e-5, label: name });
  }
});

test('runPass: gradients are the slopes of the loss, on every engine', async () => {
  const model = tiny.build({ inputDim: 2, width: 3, dropout: 0 });
  const weights = model.init(1);
  const batch = { ...paddedBatch([noise(1, 10), noise(2, 6)], 2), labels: Float32Array.of(1, 0) };
  const passes = await Promise.all(
    (['cpu', 'wasm', 'onnx'] as const).map((engine) => {
      return runPass(model, weights, batch, { engine, training: true, seed: 1, gradients: true });
    }),
  );
  const lossAt = async (change: (copy: { x: Float32Array; hidden: Float32Array }) => void) => {
    const copy = { x: batch.x.slice(), hidden: weights.hidden!.data.slice() };
    change(copy);
    const moved = { ...weights, hidden: { ...weights.hidden!, data: copy.hidden } };
    return (await runPass(model, moved, { ...batch, x: copy.x })).terms.total!;
  };
  const step = 1e-2;
  const slope = async (key: 'x' | 'hidden', i: number) => {
    const [after, before] = [step, -step].map((by) =>
      lossAt((copy) => {
        copy[key][i]! += by;
      }),
    );
    return ((await after!) - (await before!)) / (2 * step);
  };
  for (const { gradients, inputGradient, terms } of passes) {
    expectClose([terms.total!], [passes[0]!.terms.total!], { relative: 1e-5 });
    for (const i of [0, 1, 4]) {
      expectClose([gradients.hidden!.data[i]!], [await slope('hidden', i)], { absolute: 2e-3 });
      expectClose([inputGradient![i]!], [await slope('x', i)], { absolute: 2e-3 });
    }
    expect(gradients.hidden!.data.some((value) => Math.abs(value) > 0.01)).toBe(true);
  }
});

test('paddedBatch: zeros and a mask behind shorter sequences', () => {
  const { rows, length, x, mask } = paddedBatch([Float32Array.of(1, 2), Float32Array.of(3, 4, 5, 6)], 2, 3);
  expect([rows, length]).toEqual([2, 3]);
  expect([...x]).toEqual([1, 2, 0, 0, 0, 0, 3, 4, 5, 6, 0, 0]);
  expect([...mask]).toEqual([1, 0, 0, 1, 1, 0]);
});

test('toyVideos: others from another start, the same again from the same', () => {
  const [first, again, other] = [0, 0, 100].map((start) => toyVideos(2, { first: start }));
  expect(again).toEqual(first);
  expect(other!.map(({ id, label }) => [id, label])).toEqual([
    ['video-100', 0],
    ['video-101', 1],
  ]);
  expect(other![0]!.visual.data).not.toEqual(first![0]!.visual.data);
});
