import type { FeatureSequence } from '@robusta/core';
import { type Backbone, toTensors, trainDetector, type WeightMap, type Weights } from '@robusta/detector';
import { describeShared, expectClose } from '@robusta/test-kit';
import { compile, type TensorFunction, type TensorSpec } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { forward } from '../src/forward.js';
import { hypervd, toOfficial } from '../src/index.js';
import { bagLogits } from '../src/loss.js';
import { HypervdOptionsSchema, resolve } from '../src/options.js';
import { below, floats, type GoldenCase, goldenCases, largest, splitPart, summarise } from './golden.js';

// Tolerances: about ten times the difference between the official code in float32 and in float64. That difference
// depends on the weights, so the manifest's figure for the file decides where it is larger.
const pointTolerance = 1e-5;
const similarityTolerance = 3e-3;
const lossTolerance = 1e-4;
const logitTolerance = 2e-3;
const givenGraphTolerance = 2e-4;
const gradientTolerance = 2e-3;

type Engine = 'cpu' | 'onnx';

const costOf = ({ rounding }: GoldenCase, key: string, given: boolean) =>
  (given ? rounding.givenGraph : rounding.whole)[key]?.max_abs_err_f32_vs_f64 ?? 0;

/** Ten times what float32 costs the official code in this file, and at least `least`. */
const toleranceOf = (golden: GoldenCase, key: string, least: number, given = false) =>
  Math.max(least, 10 * costOf(golden, key, given));

/**
 * Far from the origin rounding decides which snippets are similar, and the official code itself has other edges in
 * float64. What follows can then be compared only with its graph given.
 */
const edgesAreCertain = (golden: GoldenCase) =>
  costOf(golden, 'inter.adj_similarity', false) <= similarityTolerance;

/** The audio columns: what the first layer leaves of the input. */
const audioDimOf = ({ tensors, state }: GoldenCase) =>
  tensors.input!.shape[2]! - state['conv1d1.weight']!.shape[1]!;

/** The official model: its padding, no dropout, the widths of the file. */
function modelOf(golden: GoldenCase) {
  const { tensors, state } = golden;
  const audioDim = audioDimOf(golden);
  const options = resolve(HypervdOptionsSchema.parse({ padding: 'official', dropout: 0 }));
  const model = hypervd.build({ inputDim: tensors.input!.shape[2]!, audioDim, ...options });
  return { model, options: { ...options, audioDim }, weights: model.fromOfficial(state) };
}

async function runOn(engine: Engine, fn: TensorFunction, specs: TensorSpec[], inputs: Float32Array[]) {
  if (engine === 'cpu') {
    await tf.setBackend('cpu');
    const results = fn(inputs.map((values, i) => tf.tensor(values, specs[i]!.shape as number[])));
    return results.map((result) => result.dataSync());
  }
  const compiled = await compile(fn, specs);
  const results = await compiled.run(inputs);
  compiled.dispose();
  return results;
}

const spec = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });

function maskOf({ tensors: { input, seq_len } }: GoldenCase): Float32Array {
  const [batch, length] = input!.shape as [number, number, number];
  const valid = (i: number) => Number(seq_len!.data[Math.floor(i / length)]);
  return Float32Array.from({ length: batch * length }, (_, i) => (i % length < valid(i) ? 1 : 0));
}

/** Runs forward pass, loss and, where asked for, gradients of the labelled batch. */
async function runBatch(golden: GoldenCase, engine: Engine, { gradients = false, givenGraph = false } = {}) {
  const { model, options, weights } = modelOf(golden);
  const { tensors } = golden;
  const { input, label } = tensors;
  const [batch, length] = input!.shape as [number, number, number];
  const names = Object.keys(model.parameters);
  let outputNames: string[] = [];
  const fn = ([x, m, y, graph, ...values]: tf.Tensor[]) => {
    let results: tf.Tensor[] = [];
    const loss = (...ws: tf.Tensor[]) => {
      const map: WeightMap = Object.fromEntries(names.map((name, i) => [name, ws[i]!]));
      const given = givenGraph ? { similarity: graph! } : {};
      const output = forward(options, map, x!, m!, { training: true }, given);
      const all = {
        ...output,
        ...model.lossTerms(output, y!, m!),
        mil_prob: tf.sigmoid(bagLogits(output.logits, m!)),
      };
      outputNames = Object.keys(all);
      results = Object.values(all).map((tensor) => tf.keep(tensor));
      return all.total;
    };
    const grads = gradients ? tf.grads(loss)(values) : [];
    if (!gradients) loss(...values);
    return [...results, ...grads];
  };
  const graph = tensors['inter.adj_similarity']!;
  const specs = [
    ...[input!.shape, [batch, length], [batch], graph.shape].map(spec),
    ...names.map((name) => spec(weights[name]!.shape)),
  ];
  const inputs = [floats(input!), maskOf(golden), floats(label!), floats(graph)];
  const results = await runOn(engine, fn, specs, [...inputs, ...names.map((name) => weights[name]!.data)]);
  const named = Object.fromEntries(outputNames.map((name, i) => [name, results[i] as Float32Array]));
  const slopes: Weights = {};
  if (gradients) {
    for (const [i, name] of names.entries()) {
      const data = results[outputNames.length + i] as Float32Array;
      slopes[name] = { shape: weights[name]!.shape, data };
    }
  }
  return { named, slopes };
}

/** `[B, C, T]`, as the golden file has the convolutions, to `[B, T, C]`. */
function channelsLast({ shape, data }: { shape: readonly number[]; data: ArrayLike<number> }): Float32Array {
  const [, channels, length] = shape as [number, number, number];
  return Float32Array.from({ length: data.length }, (_, i) => {
    const c = i % channels;
    const t = Math.floor(i / channels) % length;
    return data[(Math.floor(i / (channels * length)) * channels + c) * length + t]!;
  });
}

/** The labelled batch as training videos, each cut to its valid snippets. */
function videosOf({ tensors }: GoldenCase) {
  const [batch, length, dim] = tensors.input!.shape as [number, number, number];
  return Array.from({ length: batch }, (_, i) => {
    const valid = Number(tensors.seq_len!.data[i]);
    const start = i * length * dim;
    const data = floats(tensors.input!).slice(start, start + valid * dim);
    const visual: FeatureSequence = { modality: 'visual', length: valid, crops: 1, dim, data };
    return { id: `bag-${i}`, label: Number(tensors.label!.data[i]) as 0 | 1, visual };
  });
}

/** Trains on the golden batch from the golden weights; one epoch is one step. */
async function train(golden: GoldenCase, epochs: number) {
  const { weights } = modelOf(golden);
  const backbone: Backbone = {
    ...hypervd,
    build: (config) => ({
      ...hypervd.build({ ...config, audioDim: audioDimOf(golden) }),
      init: () => weights,
    }),
  };
  const losses: number[] = [];
  const detector = await trainDetector({
    backbone,
    backboneOptions: { padding: 'official', dropout: 0 },
    data: videosOf(golden),
    fusion: 'concat',
    inputScaling: 'none',
    schedule: 'constant',
    epochs,
    onEpoch: ({ loss }) => losses.push(loss),
  });
  const trained = Object.fromEntries(
    Object.entries(detector.weights).map(([name, array]) => [name.replace('backbone.', ''), array]),
  );
  return { losses, before: toOfficial(weights), after: toOfficial(trained) };
}

describeShared('golden/backbones', (folder) => {
  for (const golden of goldenCases(folder)) {
    const { tensors } = golden;
    const expectedGradients = below(tensors, 'grad.');
    const certain = edgesAreCertain(golden);

    describe(golden.file, () => {
      const expectNamed = (
        named: Record<string, Float32Array>,
        engine: Engine,
        [name, key, least]: readonly [string, string, number],
        given = false,
      ) =>
        expectClose(named[name]!, floats(tensors[key]!), {
          absolute: toleranceOf(golden, key, least, given),
          label: `${key} on ${engine}`,
        });

      test.each(['cpu', 'onnx'] as const)('forward pass, loss and gradients on %s', async (engine) => {
        const gradients = Object.keys(expectedGradients).length > 0;
        const givenGraph = !certain;
        const { named, slopes } = await runBatch(golden, engine, { gradients, givenGraph });
        for (const expectation of [
          ['points', 'inter.lorentz_point', pointTolerance],
          ['similarity', 'inter.adj_similarity', similarityTolerance],
          ['HFSGCN.linear', 'inter.HFSGCN.linear', pointTolerance],
          ['HTRGCN.linear', 'inter.HTRGCN.linear', pointTolerance],
          ['HFSGCN.agg', 'inter.HFSGCN.agg', logitTolerance],
          ['HTRGCN.agg', 'inter.HTRGCN.agg', givenGraphTolerance],
          ['logits', 'out.frame_logit', logitTolerance],
          ['mil_prob', 'out.mil_prob', lossTolerance],
          ['total', 'loss.total', lossTolerance],
        ] as const) {
          expectNamed(named, engine, expectation, givenGraph);
        }
        const { data: conv, shape } = tensors['inter.conv1d2_pre_act']!;
        const preActivation = channelsLast({ shape, data: conv as Float32Array });
        expectClose(named.conv1d2!, preActivation, { absolute: pointTolerance, label: 'conv1d2' });
        const distance = Array.from({ length: shape[0]! }, () => Array.from(named.distance!)).flat();
        expectClose(distance, floats(tensors['inter.adj_distance']!), { absolute: 1e-6 });

        const official = gradients ? toOfficial(slopes) : {};
        for (const [key, expected] of Object.entries(expectedGradients)) {
          const [name, part] = splitPart(key);
          // A graph that is given leads no gradient to the points.
          if (givenGraph && name.startsWith('conv')) continue;
          const { data } = official[name]!;
          // Of a sum of n elements, each off by a share of the largest, the errors add up like a random walk.
          const scale = largest(data) * (part === 'sum' || part === 'l2' ? Math.sqrt(data.length) : 1);
          const absolute = gradientTolerance * scale;
          const label = `grad.${key} on ${engine}`;
          expectClose(summarise(data, part), floats(expected), { absolute, label });
        }
      });

      test.each(['cpu', 'onnx'] as const)('what follows a given similarity graph on %s', async (engine) => {
        const { named } = await runBatch(golden, engine, { givenGraph: true });
        for (const expectation of [
          ['HFSGCN.agg', 'inter.HFSGCN.agg', givenGraphTolerance],
          ['HTRGCN.agg', 'inter.HTRGCN.agg', givenGraphTolerance],
          ['logits', 'out.frame_logit', givenGraphTolerance],
          ['total', 'loss.total', pointTolerance],
        ] as const) {
          expectNamed(named, engine, expectation, true);
        }
      });

      if (!certain) return;

      test.each(['cpu', 'onnx'] as const)('evaluation of the crops of a test video on %s', async (engine) => {
        const { model, weights } = modelOf(golden);
        const [crops, length, dim] = tensors['test.input']!.shape as [number, number, number];
        const results = await runOn(
          engine,
          ([x]) => {
            const mask = tf.ones([crops, length]);
            const { logits } = model.forward(toTensors(weights), x!, mask, { training: false });
            // Without lengths the published code judges a video by the mean of all its logits.
            return [logits, tf.mean(tf.sigmoid(logits), 0), tf.sigmoid(tf.mean(logits, 1))];
          },
          [spec([crops, length, dim])],
          [floats(tensors['test.input']!)],
        );
        for (const [i, [key, least]] of (
          [
            ['test.out.frame_logit', logitTolerance],
            ['test.out.score', lossTolerance],
            ['test.out.mil_prob', lossTolerance],
          ] as const
        ).entries()) {
          const absolute = toleranceOf(golden, key, least);
          expectClose(results[i]!, floats(tensors[key]!), { absolute, label: `${key} on ${engine}` });
        }
      });

      if ('traj.loss' in tensors) {
        test('losses of the first training steps of trainDetector', async () => {
          const expected = floats(tensors['traj.loss']!);
          const { losses } = await train(golden, expected.length);
          expectClose(losses, expected, { relative: 3e-3, label: 'traj.loss' });
        });
      }

      const deltas = below(tensors, 'adam1_delta.');
      if (Object.keys(deltas).length > 0) {
        test('first Adam update of trainDetector', async () => {
          const { before, after } = await train(golden, 1);
          let compared = 0;
          for (const [key, expected] of Object.entries(deltas)) {
            const [name, part] = splitPart(key);
            if (part === 'sum' || part === 'l2') continue;
            const change = after[name]!.data.map((value, i) => value - before[name]!.data[i]!);
            const ours = summarise(change, part);
            const slope = floats(expectedGradients[key]!);
            // lr·g / (|g| + 1e-8) says nothing about the update rule where g is rounding noise.
            const steepest = largest(slope);
            const clear = (_: number, i: number) => Math.abs(slope[i]!) > 1e-3 * steepest;
            const absolute = 0.02 * hypervd.defaults.learningRate;
            expectClose(ours.filter(clear), floats(expected).filter(clear), { absolute, label: key });
            compared += ours.filter(clear).length;
          }
          expect(compared).toBeGreaterThan(1000);
        });
      }
    });
  }
});
