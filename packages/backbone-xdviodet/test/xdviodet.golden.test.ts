import type { FeatureSequence } from '@robusta/core';
import { type Backbone, toTensors, trainDetector, type Weights } from '@robusta/detector';
import { describeShared, expectClose } from '@robusta/test-kit';
import { compile, type TensorFunction, type TensorSpec } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { toOfficial, xdviodet } from '../src/index.js';
import { below, floats, type GoldenCase, goldenCases, largest, splitPart, summarise } from './golden.js';

// Tolerances: about ten times the difference between the official code in float32 and in float64.
const logitTolerance = 5e-5;
const scoreTolerance = 1e-5;
const gradientTolerance = 1e-5;

/** The official model: its padding, no dropout, the width of the file. */
function modelOf({ tensors, state }: GoldenCase) {
  const model = xdviodet.build({ inputDim: tensors.input!.shape[2]!, padding: 'official', dropout: 0 });
  return { model, weights: model.fromOfficial(state) };
}

async function runCompiled(fn: TensorFunction, specs: TensorSpec[], inputs: Float32Array[]) {
  const compiled = await compile(fn, specs);
  const results = await compiled.run(inputs);
  compiled.dispose();
  return results;
}

async function runEagerly(fn: TensorFunction, specs: TensorSpec[], inputs: Float32Array[]) {
  await tf.setBackend('cpu');
  const results = fn(inputs.map((values, i) => tf.tensor(values, specs[i]!.shape as number[])));
  return results.map((result) => result.dataSync());
}

/** Runs forward pass, loss and, where asked for, gradients of the labelled batch. */
async function runBatch(golden: GoldenCase, engine: 'cpu' | 'onnx', withGradients: boolean) {
  const { model, weights } = modelOf(golden);
  const { input, seq_len, label } = golden.tensors;
  const [batch, length] = input!.shape as [number, number, number];
  const mask = Float32Array.from({ length: batch * length }, (_, i) =>
    i % length < Number(seq_len!.data[Math.floor(i / length)]) ? 1 : 0,
  );
  const names = Object.keys(model.parameters);
  let outputNames: string[] = [];
  const fn = ([x, m, y, ...tensors]: tf.Tensor[]) => {
    let results: tf.Tensor[] = [];
    const loss = (...ws: tf.Tensor[]) => {
      const map = Object.fromEntries(names.map((name, i) => [name, ws[i]!]));
      const output = model.forward(map, x!, m!, { training: true });
      const terms = model.lossTerms(output, y!, m!);
      outputNames = [...Object.keys(output), ...Object.keys(terms)];
      results = [...Object.values(output), ...Object.values(terms)].map((tensor) => tf.keep(tensor));
      return terms.total;
    };
    const grads = withGradients ? tf.grads(loss)(tensors) : [];
    if (!withGradients) loss(...tensors);
    return [...results, ...grads];
  };
  const specs = [
    { shape: input!.shape, dtype: 'float32' as const },
    { shape: [batch, length], dtype: 'float32' as const },
    { shape: [batch], dtype: 'float32' as const },
    ...names.map((name) => ({ shape: weights[name]!.shape, dtype: 'float32' as const })),
  ];
  const inputs = [floats(input!), mask, floats(label!), ...names.map((name) => weights[name]!.data)];
  const results =
    engine === 'cpu' ? await runEagerly(fn, specs, inputs) : await runCompiled(fn, specs, inputs);
  const named = Object.fromEntries(outputNames.map((name, i) => [name, results[i] as Float32Array]));
  const gradients: Weights = {};
  if (withGradients) {
    for (const [i, name] of names.entries()) {
      const data = results[outputNames.length + i] as Float32Array;
      gradients[name] = { shape: weights[name]!.shape, data };
    }
  }
  return { named, gradients };
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
    ...xdviodet,
    build: (config) => ({ ...xdviodet.build(config), init: () => weights }),
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
    const gradients = below(tensors, 'grad.');

    describe(golden.file, () => {
      test.each(['cpu', 'onnx'] as const)('forward pass, losses and gradients on %s', async (engine) => {
        const { named, gradients: ours } = await runBatch(golden, engine, Object.keys(gradients).length > 0);
        const close = (name: string, key: string, absolute: number) =>
          expectClose(named[name]!, floats(tensors[key]!), { absolute, label: `${key} on ${engine}` });
        close('offline', 'out.logits_offline', logitTolerance);
        close('online', 'out.logits_online', logitTolerance);
        close('similarity', 'inter.adj_similarity', 1e-6);
        close('score', 'inter.adj_score', 1e-6);
        const batch = tensors.input!.shape[0]!;
        const distance = Array.from({ length: batch }, () => Array.from(named.distance!)).flat();
        expectClose(distance, floats(tensors['inter.adj_distance']!), { absolute: 1e-6 });
        for (const name of ['gc1', 'gc2', 'gc3', 'gc4', 'gc5', 'gc6']) {
          close(name, `inter.${name}_pre_relu`, logitTolerance);
        }
        for (const [name, key] of [
          ['conv1d2', 'inter.conv1d2_pre_relu'],
          ['approximator', 'inter.approximator'],
        ] as const) {
          const expected = channelsLast({ shape: tensors[key]!.shape, data: floats(tensors[key]!) });
          expectClose(named[name]!, expected, { absolute: logitTolerance, label: key });
        }
        close('classOffline', 'loss.cls_offline', scoreTolerance);
        close('classOnline', 'loss.cls_online', scoreTolerance);
        close('distill', 'loss.distill', scoreTolerance);
        close('total', 'loss.total', scoreTolerance);

        const official = Object.keys(gradients).length > 0 ? toOfficial(ours) : {};
        for (const [key, expected] of Object.entries(gradients)) {
          const [name, part] = splitPart(key);
          const { data } = official[name]!;
          // Of a sum of n elements, each off by a share of the largest, the errors add up like a random walk.
          const scale = largest(data) * (part === 'sum' || part === 'l2' ? Math.sqrt(data.length) : 1);
          const absolute = gradientTolerance * scale;
          expectClose(summarise(data, part), floats(expected), {
            absolute,
            label: `grad.${key} on ${engine}`,
          });
        }
      });

      test('evaluation of a test video: crops without padding, sigmoid before the mean', async () => {
        const { model, weights } = modelOf(golden);
        const [crops, length, dim] = tensors['test.input']!.shape as [number, number, number];
        const compiled = await compile(
          ([x]) => {
            const mask = tf.ones([crops, length]);
            const { offline, online } = model.forward(toTensors(weights), x!, mask, { training: false });
            const score = (logits: tf.Tensor) => tf.mean(tf.sigmoid(logits), 0);
            return [offline!, online!, score(offline!), score(online!)];
          },
          [{ shape: [crops, length, dim], dtype: 'float32' }],
        );
        const results = await compiled.run([floats(tensors['test.input']!)]);
        compiled.dispose();
        for (const [i, [key, absolute]] of (
          [
            ['test.out.logits_offline', logitTolerance],
            ['test.out.logits_online', logitTolerance],
            ['test.out.score_offline', scoreTolerance],
            ['test.out.score_online', scoreTolerance],
          ] as const
        ).entries()) {
          expectClose(results[i]!, floats(tensors[key]!), { absolute, label: key });
        }
      });

      if ('traj.loss' in tensors) {
        test('losses of the first training steps of trainDetector', async () => {
          const expected = floats(tensors['traj.loss']!);
          const { losses } = await train(golden, expected.length);
          expectClose(losses, expected, { relative: 1e-4, label: 'traj.loss' });
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
            const rate = xdviodet.defaults.learningRate * (/approximator/.test(name) ? 0.5 : 1);
            const change = after[name]!.data.map((value, i) => value - before[name]!.data[i]!);
            const ours = summarise(change, part);
            const slope = floats(gradients[key]!);
            // lr·g / (|g| + 1e-8) says nothing about the update rule where g is rounding noise.
            const steepest = largest(slope);
            const clear = (_: number, i: number) => Math.abs(slope[i]!) > 1e-3 * steepest;
            const absolute = 0.02 * rate;
            expectClose(ours.filter(clear), floats(expected).filter(clear), { absolute, label: key });
            compared += ours.filter(clear).length;
          }
          expect(compared).toBeGreaterThan(1000);
        });
      }
    });
  }
});
