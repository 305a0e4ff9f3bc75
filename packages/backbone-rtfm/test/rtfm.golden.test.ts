import type { Weights } from '@robusta/detector';
import { describeShared, expectClose } from '@robusta/test-kit';
import { compile, compileStep, type TensorFunction, type TensorSpec } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { rtfm, toOfficial } from '../src/index.js';
import { bagScores } from '../src/loss.js';
import { below, floats, type GoldenCase, goldenCases, largest, splitPart, summarise } from './golden.js';

// Tolerances: about ten times the difference between the official code in float32 and in float64.
const scoreTolerance = 1e-5;
const magnitudeTolerance = 1e-5;
const layerTolerance = 1e-4;
const gradientTolerance = 1e-4;
const branches = ['conv_1', 'conv_2', 'conv_3', 'conv_4', 'non_local', 'conv_5'] as const;
const published = { topK: 3, padding: 'official' } as const;

/** The official model: no dropout, the widths of the file. */
function configOf({ tensors, state }: GoldenCase) {
  const rows = (name: string) => state[name]!.shape[0]!;
  const options = {
    padding: 'official',
    lengths: 'sample',
    dropout: 0,
    branchWidth: rows('Aggregate.conv_4.0.weight'),
    fc1Width: rows('fc1.weight'),
    fc2Width: rows('fc2.weight'),
  };
  const model = rtfm.build({ ...options, inputDim: tensors.input!.shape[3]! });
  return { options, model, weights: model.fromOfficial(state) };
}

async function run(engine: 'cpu' | 'onnx', fn: TensorFunction, specs: TensorSpec[], inputs: Float32Array[]) {
  const compiled = await compile(fn, specs, { engine });
  const results = await compiled.run(inputs);
  compiled.dispose();
  return results;
}

const f32 = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });
const flatRows = ([bags, crops, length, dim]: readonly number[]) => [bags! * crops!, length!, dim!];

/** What the official code calls the results of a pass: scores and magnitudes of the bags. */
function official(
  output: ReturnType<ReturnType<typeof rtfm.build>['forward']>,
  bags: number,
  mask: tf.Tensor,
) {
  const { scores, probability, selection } = bagScores(published, output, bags, mask);
  const [rows, length] = mask.shape as [number, number];
  const magnitudes = tf.mean(tf.reshape(output.magnitudes!, [bags, rows / bags, length]), 1);
  return { scores, probability, magnitudes, indices: selection.indices };
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

/** Training pass: outputs, loss terms, next running statistics and gradients of the labelled batch. */
async function runBatch(golden: GoldenCase, engine: 'cpu' | 'onnx') {
  const { model, weights } = configOf(golden);
  const { input } = golden.tensors;
  const [bags, crops, length] = input!.shape as [number, number, number, number];
  const mask = new Float32Array(bags * crops * length).fill(1);
  const labels = Float32Array.from({ length: bags }, (_, i) => (i < bags / 2 ? 0 : 1));
  const names = Object.keys(model.parameters);
  const trained = names.filter((name) => !model.parameters[name]!.buffer);
  let outputNames: string[] = [];
  const fn = ([x, m, y, ...tensors]: tf.Tensor[]) => {
    let results: tf.Tensor[] = [];
    const map = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
    const loss = (...ws: tf.Tensor[]) => {
      const own = { ...map, ...Object.fromEntries(trained.map((name, i) => [name, ws[i]!])) };
      const output = model.forward(own, x!, m!, { training: true });
      const terms = model.lossTerms(output, y!, m!);
      const all = { ...output, ...official(output, bags, m!), ...model.buffers!(output), ...terms };
      outputNames = Object.keys(all);
      results = Object.values(all).map((tensor) => tf.keep(tensor));
      return terms.total;
    };
    const grads = tf.grads(loss)(trained.map((name) => map[name]!));
    return [...results, ...grads];
  };
  const specs = [
    f32(flatRows(input!.shape)),
    f32([bags * crops, length]),
    f32([bags]),
    ...names.map((name) => f32(weights[name]!.shape)),
  ];
  const inputs = [floats(input!), mask, labels, ...names.map((name) => weights[name]!.data)];
  const results = await run(engine, fn, specs, inputs);
  const named = Object.fromEntries(outputNames.map((name, i) => [name, results[i] as Float32Array]));
  const gradients: Weights = {};
  for (const [i, name] of trained.entries()) {
    gradients[name] = { shape: weights[name]!.shape, data: results[outputNames.length + i] as Float32Array };
  }
  return { named, gradients, weights };
}

/** Gradients of running statistics stand as zeros, so that the official layout is complete. */
function officialGradients(gradients: Weights, weights: Weights): Weights {
  const zeros = Object.entries(weights).map(([name, { shape, data }]) => [
    name,
    { shape, data: new Float32Array(data.length) },
  ]);
  return toOfficial({ ...Object.fromEntries(zeros), ...gradients });
}

/** The rows of the chosen snippets, crop by crop and in each crop bag by bag: `[crops · half, k, F]`. */
function chosenRows(
  features: Float32Array,
  indices: Int32Array,
  [bags, crops, length, dim]: readonly number[],
  from: number,
) {
  const half = bags! / 2;
  const k = indices.length / bags!;
  const rows = new Float32Array(crops! * half * k * dim!);
  for (let at = 0; at < crops! * half * k; at++) {
    const c = Math.floor(at / (half * k));
    const bag = from + (Math.floor(at / k) % half);
    const start = ((bag * crops! + c) * length! + indices[bag * k + (at % k)]!) * dim!;
    rows.set(features.subarray(start, start + dim!), at * dim!);
  }
  return rows;
}

/** Takes steps of the published optimizer on the labelled batch. */
async function train(golden: GoldenCase, steps: number) {
  const { model, weights } = configOf(golden);
  const { input } = golden.tensors;
  const [bags, crops, length] = input!.shape as [number, number, number, number];
  const parts = (buffer: boolean) =>
    Object.fromEntries(
      Object.entries(weights).filter(([name]) => Boolean(model.parameters[name]!.buffer) === buffer),
    );
  const step = await compileStep({
    params: parts(false),
    buffers: parts(true),
    inputs: [f32(flatRows(input!.shape)), f32([bags * crops, length]), f32([bags])],
    loss: (ws, [x, mask, labels], { buffers }) => {
      const output = model.forward({ ...ws, ...buffers }, x!, mask!, { training: true });
      return { loss: model.loss(output, labels!, mask!), buffers: model.buffers!(output) };
    },
    optimizer: { name: 'adam', weightDecay: rtfm.defaults.weightDecay },
  });
  const mask = new Float32Array(bags * crops * length).fill(1);
  const labels = Float32Array.from({ length: bags }, (_, i) => (i < bags / 2 ? 0 : 1));
  const losses: number[] = [];
  let first = weights;
  for (let i = 0; i < steps; i++) {
    const { loss } = await step.run([floats(input!), mask, labels], {
      learningRate: rtfm.defaults.learningRate,
    });
    losses.push(loss);
    if (i === 0) first = { ...step.parameters(), ...step.buffers() };
  }
  step.dispose();
  return { losses, before: toOfficial(weights), after: toOfficial(first) };
}

describeShared('golden/backbones', (folder) => {
  for (const golden of goldenCases(folder)) {
    const { tensors } = golden;

    describe(golden.file, () => {
      test('generated tensors are those that the official code was given', () => {
        for (const [key, expected] of Object.entries(below(tensors, 'check.'))) {
          const [name, part] = splitPart(key);
          if (!tensors[name]) continue;
          const ours = summarise(floats(tensors[name]), part);
          if (part === 'head' || part === 'strided') expect(ours).toEqual(floats(expected));
          else expectClose(ours, floats(expected), { relative: 1e-5, absolute: 1e-2, label: key });
        }
      });

      test.each(['test', 'eval'] as const)('%s: scores with running statistics', async (kind) => {
        const { model, weights } = configOf(golden);
        const input = kind === 'test' ? tensors['test.input']! : tensors.input!;
        const [bags, crops, length] = input.shape as [number, number, number, number];
        const names = Object.keys(weights);
        const [scores, probability, magnitudes] = await run(
          'onnx',
          ([x, ...tensors]) => {
            const mask = tf.ones([bags * crops, length]);
            const own = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
            const output = model.forward(own, x!, mask, { training: false });
            const { scores, probability, magnitudes } = official(output, bags, mask);
            return [scores, probability, magnitudes];
          },
          [f32(flatRows(input.shape)), ...names.map((name) => f32(weights[name]!.shape))],
          [floats(input), ...names.map((name) => weights[name]!.data)],
        );
        const expected = (key: string) => floats(tensors[`${kind}.out.${key}`]!);
        expectClose(scores!, expected('scores'), { absolute: scoreTolerance, label: 'scores' });
        expectClose(magnitudes!, expected('feat_magnitudes'), {
          relative: magnitudeTolerance,
          label: 'magnitudes',
        });
        // Of a single video the official code gives the same score twice.
        const ours = probability as Float32Array;
        const [normal, abnormal] =
          bags === 1 ? [ours, ours] : [ours.slice(0, bags / 2), ours.slice(bags / 2)];
        expectClose(normal, expected('score_normal'), { absolute: scoreTolerance, label: 'score_normal' });
        expectClose(abnormal, expected('score_abnormal'), {
          absolute: scoreTolerance,
          label: 'score_abnormal',
        });
      });

      // The full width has a hundred times the products, which tfjs's cpu backend does in plain JavaScript.
      const engines = tensors.input!.shape[3]! > 512 ? (['onnx'] as const) : (['cpu', 'onnx'] as const);
      test.each(engines)('training pass, losses, statistics and gradients on %s', async (engine) => {
        const { named, gradients, weights } = await runBatch(golden, engine);
        const [bags, crops, length, dim] = tensors.input!.shape as [number, number, number, number];
        const half = bags / 2;
        const close = (values: ArrayLike<number>, key: string, tolerance: object) =>
          expectClose(values, floats(tensors[key]!), { ...tolerance, label: `${key} on ${engine}` });

        close(named.scores!, 'train.out.scores', { absolute: scoreTolerance });
        close(named.magnitudes!, 'train.out.feat_magnitudes', { relative: magnitudeTolerance });
        close(named.probability!.slice(0, half), 'train.out.score_normal', { absolute: scoreTolerance });
        close(named.probability!.slice(half), 'train.out.score_abnormal', { absolute: scoreTolerance });
        const indices = Int32Array.from(named.indices!);
        const k = indices.length / bags;
        expect(indices.slice(0, half * k)).toEqual(tensors['train.out.topk_idx_normal']!.data);
        expect(indices.slice(half * k)).toEqual(tensors['train.out.topk_idx_abnormal']!.data);
        for (const [name, from] of [
          ['normal', 0],
          ['abn', half],
        ] as const) {
          const rows = chosenRows(named.features!, indices, tensors.input!.shape, from);
          const key = `train.out.feat_select_${name}`;
          if (tensors[key]) close(rows, key, { absolute: layerTolerance });
          const ends = `${key}.rows_first_last`;
          if (!tensors[ends]) continue;
          const size = k * dim;
          const firstLast = Float32Array.from([...rows.slice(0, size), ...rows.slice(-size)]);
          close(firstLast, ends, { absolute: layerTolerance });
          for (const part of ['head', 'strided']) {
            close(summarise(rows, part), `check.${key}.${part}`, { absolute: layerTolerance });
          }
        }
        for (const name of branches) {
          const key = `train.inter.${name}`;
          const expected = channelsLast({ shape: tensors[key]!.shape, data: floats(tensors[key]!) });
          expectClose(named[name]!.slice(0, expected.length), expected, {
            absolute: layerTolerance,
            label: `${key} on ${engine}`,
          });
        }
        const aggregate = tensors['train.inter.aggregate']!.data.length;
        close(named.features!.slice(0, aggregate), 'train.inter.aggregate', { absolute: layerTolerance });
        expect(named.features!.length).toBe(bags * crops * length * dim);

        for (const [ours, key] of [
          ['bce', 'bce'],
          ['magnitude', 'magnitude_term'],
          ['sparsity', 'sparsity'],
          ['smoothness', 'smooth'],
          ['total', 'total'],
        ] as const) {
          close(named[ours]!, `loss.${key}`, { absolute: scoreTolerance });
        }
        const both = Float32Array.of(named.bce![0]! + named.magnitude![0]!);
        close(both, 'loss.rtfm_plus_bce', { absolute: scoreTolerance });

        for (const [key, expected] of Object.entries(below(tensors, 'after_train_forward.'))) {
          expectClose(named[key]!, floats(expected), { relative: 1e-5, absolute: 1e-5, label: key });
        }

        const ours = officialGradients(gradients, weights);
        const steepest = Object.fromEntries(
          Object.entries(ours).map(([name, { data }]) => [name, largest(data)]),
        );
        for (const [key, expected] of Object.entries(below(tensors, 'grad.'))) {
          const [name, part] = splitPart(key);
          const { data } = ours[name]!;
          // Zero in exact arithmetic: batch norm takes it out again.
          if (name === 'Aggregate.non_local.W.0.bias') {
            expect(largest(data)).toBeLessThan(1e-6);
            continue;
          }
          // Of a sum of n elements, each off by a share of the largest, the errors add up like a random walk.
          const scale = steepest[name]! * (part === 'sum' || part === 'l2' ? Math.sqrt(data.length) : 1);
          const absolute = gradientTolerance * scale;
          expectClose(summarise(data, part), floats(expected), {
            absolute,
            label: `grad.${key} on ${engine}`,
          });
        }
      });

      test('losses of the first steps and the first update', async () => {
        const expected = floats(tensors['traj.loss']!);
        const { losses, before, after } = await train(golden, expected.length);
        // At full width the first step is large, and what rounding leaves behind is amplified.
        const relative = (i: number) => (tensors.input!.shape[3]! <= 512 ? 1e-4 : i < 2 ? 1e-5 : 2e-2);
        for (const [i, loss] of losses.entries()) {
          expectClose([loss], [expected[i]!], { relative: relative(i), label: `loss of step ${i + 1}` });
        }

        const rate = rtfm.defaults.learningRate;
        let compared = 0;
        for (const [key, delta] of Object.entries(below(tensors, 'adam1_delta.'))) {
          const [name, part] = splitPart(key);
          const slope = tensors[`grad.${key}`];
          if (part === 'sum' || part === 'l2' || !slope) continue;
          // lr·g / (|g| + 1e-8) says nothing about the update rule where g is rounding noise; g includes the decay.
          const total = floats(slope).map(
            (g, i) => g + rtfm.defaults.weightDecay * summarise(before[name]!.data, part)[i]!,
          );
          const steepest = largest(total);
          const clear = (_: number, i: number) => Math.abs(total[i]!) > 1e-3 * steepest;
          const change = summarise(
            after[name]!.data.map((value, i) => value - before[name]!.data[i]!),
            part,
          );
          if (name === 'Aggregate.non_local.W.0.bias') continue;
          expectClose(change.filter(clear), floats(delta).filter(clear), {
            absolute: 0.02 * rate,
            label: `adam1_delta.${key}`,
          });
          compared += change.filter(clear).length;
        }
        expect(compared).toBeGreaterThan(1000);
      });
    });
  }
});
