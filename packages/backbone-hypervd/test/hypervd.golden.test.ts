import { bagLogits, Detector } from '@robusta/detector';
import { type PassOptions, runPass, trainOnBatch } from '@robusta/detector/testing';
import { readPth } from '@robusta/tensor-io';
import {
  channelsLast,
  describeShared,
  expectClose,
  expectFirstUpdate,
  expectGradients,
  type GoldenCase,
  goldenBackbones,
  goldenBatch,
  goldenRecording,
} from '@robusta/test-kit';
import { writePth } from '@robusta/test-kit/pth';
import * as tf from '@tensorflow/tfjs';
import { forward } from '../src/forward.js';
import { hypervd, toOfficial } from '../src/index.js';
import { HypervdOptionsSchema, resolve } from '../src/options.js';

// Tolerances: about ten times the difference between the official code in float32 and in float64. That difference
// depends on the weights, so the manifest's figure for the file decides where it is larger.
const pointTolerance = 1e-5;
const similarityTolerance = 3e-3;
const lossTolerance = 1e-4;
const logitTolerance = 2e-3;
const givenGraphTolerance = 2e-4;
const gradientTolerance = 2e-3;

type Expectation = readonly [name: string, key: string, least: number];

const costOf = ({ rounding, roundingGivenGraph }: GoldenCase, key: string, given: boolean) =>
  (given ? roundingGivenGraph : rounding)[key]?.max_abs_err_f32_vs_f64 ?? 0;

/** Ten times what float32 costs the official code in this file, and at least `least`. */
const toleranceOf = (golden: GoldenCase, key: string, least: number, given = false) =>
  Math.max(least, 10 * costOf(golden, key, given));

/**
 * Far from the origin rounding decides which snippets are similar, and the official code itself has other edges in
 * float64. What follows can then be compared only with its graph given.
 */
const edgesAreCertain = (golden: GoldenCase) =>
  costOf(golden, 'inter.adj_similarity', false) <= similarityTolerance;

/** The official model: its padding, no dropout, the widths of the file. */
function modelOf({ tensors, state }: GoldenCase) {
  const inputDim = tensors.input!.shape[2]!;
  // The audio columns: what the first layer leaves of the input.
  const audioDim = inputDim - state['conv1d1.weight']!.shape[1]!;
  const options = resolve(HypervdOptionsSchema.parse({ padding: 'official', dropout: 0 }));
  const model = hypervd.build({ inputDim, audioDim, ...options });
  return { model, options: { ...options, audioDim }, weights: model.fromOfficial(state) };
}

/** The training pass of the labelled batch, if asked for with the graph of the file, and the scores of its bags. */
function passOf(golden: GoldenCase, options: PassOptions, givenGraph: boolean) {
  const { model, options: settings, weights } = modelOf(golden);
  const { data, shape } = golden.tensors['inter.adj_similarity']!;
  const observed: typeof model = {
    ...model,
    forward(map, x, mask, forwardOptions) {
      const given = givenGraph ? { similarity: tf.tensor(data, shape) } : {};
      const output = forward(settings, map, x, mask, forwardOptions, given);
      return { ...output, mil_prob: tf.sigmoid(bagLogits(output.logits, mask)) };
    },
  };
  return runPass(observed, weights, goldenBatch(golden), { ...options, training: true });
}

describeShared('golden/backbones', (folder) => {
  for (const golden of goldenBackbones(folder, 'hypervd')) describe(golden.file, () => testsOf(golden));
});

function testsOf(golden: GoldenCase): void {
  const { tensors } = golden;
  const certain = edgesAreCertain(golden);
  const gradients = Object.keys(tensors).some((key) => key.startsWith('grad.'));
  const { learningRate } = hypervd.defaults;

  const expectEach = (
    { outputs, terms }: Awaited<ReturnType<typeof passOf>>,
    expectations: readonly Expectation[],
    { engine, given }: { engine: string; given: boolean },
  ) => {
    for (const [name, key, least] of expectations) {
      const absolute = toleranceOf(golden, key, least, given);
      const ours = outputs[name] ?? [terms[name]!];
      expectClose(ours, tensors[key]!.data, { absolute, label: `${key} on ${engine}` });
    }
  };

  test.each(['cpu', 'onnx'] as const)('forward pass, loss and gradients on %s', async (engine) => {
    const given = !certain;
    const pass = await passOf(golden, { engine, gradients }, given);
    const expectations: Expectation[] = [
      ['points', 'inter.lorentz_point', pointTolerance],
      ['similarity', 'inter.adj_similarity', similarityTolerance],
      ['HFSGCN.linear', 'inter.HFSGCN.linear', pointTolerance],
      ['HTRGCN.linear', 'inter.HTRGCN.linear', pointTolerance],
      ['HFSGCN.agg', 'inter.HFSGCN.agg', logitTolerance],
      ['HTRGCN.agg', 'inter.HTRGCN.agg', givenGraphTolerance],
      ['logits', 'out.frame_logit', logitTolerance],
      ['mil_prob', 'out.mil_prob', lossTolerance],
      ['total', 'loss.total', lossTolerance],
    ];
    expectEach(pass, expectations, { engine, given });
    const preActivation = channelsLast(tensors['inter.conv1d2_pre_act']!);
    expectClose(pass.outputs.conv1d2!, preActivation, { absolute: pointTolerance, label: 'conv1d2' });
    const batch = tensors.input!.shape[0]!;
    const distance = Array.from({ length: batch }, () => Array.from(pass.outputs.distance!)).flat();
    expectClose(distance, tensors['inter.adj_distance']!.data, { absolute: 1e-6 });
    expectGradients(gradients ? toOfficial(pass.gradients) : {}, golden, {
      tolerance: gradientTolerance,
      label: `on ${engine}`,
      // A graph that is given leads no gradient to the points.
      skip: (name) => given && name.startsWith('conv'),
    });
  });

  test.each(['cpu', 'onnx'] as const)('what follows a given similarity graph on %s', async (engine) => {
    const expectations: Expectation[] = [
      ['HFSGCN.agg', 'inter.HFSGCN.agg', givenGraphTolerance],
      ['HTRGCN.agg', 'inter.HTRGCN.agg', givenGraphTolerance],
      ['logits', 'out.frame_logit', givenGraphTolerance],
      ['total', 'loss.total', pointTolerance],
    ];
    expectEach(await passOf(golden, { engine }, true), expectations, { engine, given: true });
  });

  if (!certain) return;

  test.each(['cpu', 'onnx'] as const)(
    'a checkpoint file becomes a detector that gives the stored scores of a test video on %s',
    async (engine) => {
      const { visual, audio } = goldenRecording(tensors['test.input']!);
      const stateDict = readPth(writePth(golden.state));
      // Without padding it changes nothing but the distance of snippets that float32 cannot tell apart.
      const backboneOptions = { padding: 'official' };
      using detector = Detector.fromOfficial({
        backbone: hypervd,
        backboneOptions,
        stateDict,
        visual: { dim: visual.dim, crops: visual.crops },
        ...(audio && { audio: { dim: audio.dim } }),
        engine,
      });
      const close = (values: ArrayLike<number>, key: string, least: number) => {
        const absolute = toleranceOf(golden, key, least);
        expectClose(values, tensors[key]!.data, { absolute, label: `${key} on ${engine}` });
      };
      close((await detector.score({ visual, audio })).joint!, 'test.out.score', lossTolerance);

      // Scores hide what the sigmoid makes equal.
      const { model } = modelOf(golden);
      const [rows, length] = tensors['test.input']!.shape as [number, number];
      const x = tensors['test.input']!.data as Float32Array;
      const mask = new Float32Array(rows * length).fill(1);
      const { outputs } = await runPass(
        model,
        model.fromOfficial(stateDict),
        { rows, length, x, mask },
        { engine },
      );
      close(outputs.logits!, 'test.out.frame_logit', logitTolerance);
      // Without lengths the published code judges a video by the mean of all its logits.
      const bags = Array.from({ length: rows }, (_, row) => {
        const logits = Array.from(outputs.logits!.slice(row * length, (row + 1) * length));
        return 1 / (1 + Math.exp(-logits.reduce((sum, value) => sum + value, 0) / length));
      });
      close(bags, 'test.out.mil_prob', lossTolerance);
    },
  );

  if ('traj.loss' in tensors) {
    test('losses of the first training steps', async () => {
      const { model, weights } = modelOf(golden);
      const expected = tensors['traj.loss']!.data;
      const options = { steps: expected.length, learningRate };
      const { losses } = await trainOnBatch(model, weights, goldenBatch(golden), options);
      expectClose(losses, expected, { relative: 3e-3, label: 'traj.loss' });
    });
  }

  if (Object.keys(tensors).some((key) => key.startsWith('adam1_delta.'))) {
    test('first Adam update', async () => {
      const { model, weights } = modelOf(golden);
      const { weights: after } = await trainOnBatch(model, weights, goldenBatch(golden), {
        steps: 1,
        learningRate,
      });
      expectFirstUpdate(toOfficial(weights), toOfficial(after[0]!), golden, { rateOf: () => learningRate });
    });
  }
}
