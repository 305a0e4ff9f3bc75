import { Detector } from '@robusta/detector';
import { runPass, trainOnBatch } from '@robusta/detector/testing';
import { readPth } from '@robusta/tensor-io';
import {
  below,
  channelsLast,
  describeShared,
  expectClose,
  expectFirstUpdate,
  expectGradients,
  type GoldenCase,
  goldenBackbones,
  goldenBatch,
  goldenRecording,
  splitPart,
  summarise,
} from '@robusta/test-kit';
import { writePth } from '@robusta/test-kit/pth';
import * as tf from '@tensorflow/tfjs';
import { rtfm, toOfficial } from '../src/index.js';
import { bagScores } from '../src/loss.js';

// Tolerances: about ten times the difference between the official code in float32 and in float64.
const scoreTolerance = 1e-5;
const magnitudeTolerance = 1e-5;
const layerTolerance = 1e-4;
const gradientTolerance = 1e-4;
const branches = ['conv_1', 'conv_2', 'conv_3', 'conv_4', 'non_local', 'conv_5'] as const;
const published = { topK: 3, padding: 'official' } as const;
/** Its gradient is zero in exact arithmetic: batch norm takes it out again. */
const withoutEffect = 'Aggregate.non_local.W.0.bias';

const made = new Map<GoldenCase, ReturnType<typeof makeModel>>();

/** The official model: no dropout, the widths of the file. The weights of the full width take a while, so once for all. */
function modelOf(golden: GoldenCase) {
  if (!made.has(golden)) made.set(golden, makeModel(golden));
  return made.get(golden)!;
}

function makeModel({ tensors, state }: GoldenCase) {
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

/** What the official code calls the results of a pass is among its outputs too: scores and magnitudes of the bags. */
function observed(golden: GoldenCase, bags: number) {
  const { model, weights } = modelOf(golden);
  const forward: typeof model.forward = (map, x, mask, options) => {
    const output = model.forward(map, x, mask, options);
    const { scores, probability, selection } = bagScores(published, output, bags, mask);
    const [rows, length] = mask.shape as [number, number];
    const means = tf.mean(tf.reshape(output.magnitudes!, [bags, rows / bags, length]), 1);
    return { ...output, scores, probability, means, indices: selection.indices };
  };
  return { model: { ...model, forward }, weights };
}

/** Gradients of running statistics stand as zeros, so that the official layout is complete. */
function officialGradients(gradients: ReturnType<typeof toOfficial>, weights: typeof gradients) {
  const zeros = Object.entries(weights).map(([name, { shape, data }]) => {
    return [name, { shape, data: new Float32Array(data.length) }];
  });
  return toOfficial({ ...Object.fromEntries(zeros), ...gradients });
}

/** The rows of the chosen snippets, crop by crop and in each crop bag by bag: `[crops · half, k, F]`. */
function chosenRows(
  features: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> },
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

describeShared('golden/backbones', (folder) => {
  for (const golden of goldenBackbones(folder, 'rtfm')) describe(golden.file, () => testsOf(golden));
});

function testsOf(golden: GoldenCase): void {
  const { tensors } = golden;
  const [bags, crops, length, dim] = tensors.input!.shape as [number, number, number, number];
  const half = bags / 2;
  const { learningRate, weightDecay } = rtfm.defaults;

  test('generated tensors are those that the official code was given', () => {
    for (const [key, { data: expected }] of Object.entries(below(tensors, 'check.'))) {
      const [name, part] = splitPart(key);
      if (!tensors[name]) continue;
      const ours = summarise(tensors[name].data, part);
      if (part === 'head' || part === 'strided') expect(ours).toEqual(expected);
      else expectClose(ours, expected, { relative: 1e-5, absolute: 1e-2, label: key });
    }
  });

  test.each(['test', 'eval'] as const)('%s: scores with running statistics', async (kind) => {
    const input = kind === 'test' ? tensors['test.input']! : tensors.input!;
    const batch = goldenBatch({ ...golden, tensors: { input } });
    const { model, weights } = observed(golden, batch.labels.length);
    const { labels, ...unlabelled } = batch;
    const { outputs } = await runPass(model, weights, unlabelled, { engine: 'onnx' });
    const close = (values: ArrayLike<number>, name: string, tolerance: object) =>
      expectClose(values, tensors[`${kind}.out.${name}`]!.data, { ...tolerance, label: name });
    close(outputs.scores!, 'scores', { absolute: scoreTolerance });
    close(outputs.means!, 'feat_magnitudes', { relative: magnitudeTolerance });
    // Of a single video the official code gives the same score twice.
    const ours = outputs.probability!;
    const middle = Math.floor(labels.length / 2);
    close(ours.slice(0, middle || 1), 'score_normal', { absolute: scoreTolerance });
    close(ours.slice(middle), 'score_abnormal', { absolute: scoreTolerance });
  });

  // The full width has a hundred times the products, which tfjs's cpu backend does in plain JavaScript.
  const engines = dim > 512 ? (['onnx'] as const) : (['cpu', 'onnx'] as const);
  test.each(engines)('training pass, losses, statistics and gradients on %s', async (engine) => {
    const { model, weights } = observed(golden, bags);
    const { outputs, terms, gradients, buffers } = await runPass(model, weights, goldenBatch(golden), {
      engine,
      training: true,
      gradients: true,
    });
    const close = (values: ArrayLike<number>, key: string, tolerance: object) =>
      expectClose(values, tensors[key]!.data, { ...tolerance, label: `${key} on ${engine}` });

    close(outputs.scores!, 'train.out.scores', { absolute: scoreTolerance });
    close(outputs.means!, 'train.out.feat_magnitudes', { relative: magnitudeTolerance });
    close(outputs.probability!.slice(0, half), 'train.out.score_normal', { absolute: scoreTolerance });
    close(outputs.probability!.slice(half), 'train.out.score_abnormal', { absolute: scoreTolerance });
    const indices = Int32Array.from(outputs.indices!);
    const k = indices.length / bags;
    expect(indices.slice(0, half * k)).toEqual(tensors['train.out.topk_idx_normal']!.data);
    expect(indices.slice(half * k)).toEqual(tensors['train.out.topk_idx_abnormal']!.data);
    for (const [name, from] of [
      ['normal', 0],
      ['abn', half],
    ] as const) {
      const rows = chosenRows(outputs.features!, indices, tensors.input!.shape, from);
      const key = `train.out.feat_select_${name}`;
      if (tensors[key]) close(rows, key, { absolute: layerTolerance });
      const ends = `${key}.rows_first_last`;
      if (!tensors[ends]) continue;
      const firstLast = Float32Array.from([...rows.slice(0, k * dim), ...rows.slice(-k * dim)]);
      close(firstLast, ends, { absolute: layerTolerance });
      for (const part of ['head', 'strided']) {
        close(summarise(rows, part), `check.${key}.${part}`, { absolute: layerTolerance });
      }
    }
    for (const name of branches) {
      const key = `train.inter.${name}`;
      const expected = channelsLast(tensors[key]!);
      const ours = outputs[name]!.slice(0, expected.length);
      expectClose(ours, expected, { absolute: layerTolerance, label: `${key} on ${engine}` });
    }
    const aggregate = outputs.features!.slice(0, tensors['train.inter.aggregate']!.data.length);
    close(aggregate, 'train.inter.aggregate', { absolute: layerTolerance });
    expect(outputs.features!.length).toBe(bags * crops * length * dim);

    for (const [ours, key] of [
      ['bce', 'bce'],
      ['magnitude', 'magnitude_term'],
      ['sparsity', 'sparsity'],
      ['smoothness', 'smooth'],
      ['total', 'total'],
    ] as const) {
      close([terms[ours]!], `loss.${key}`, { absolute: scoreTolerance });
    }
    close([terms.bce! + terms.magnitude!], 'loss.rtfm_plus_bce', { absolute: scoreTolerance });

    for (const [key, { data: expected }] of Object.entries(below(tensors, 'after_train_forward.'))) {
      expectClose(buffers[key]!, expected, { relative: 1e-5, absolute: 1e-5, label: key });
    }
    expectGradients(officialGradients(gradients, weights), golden, {
      tolerance: gradientTolerance,
      label: `on ${engine}`,
      skip: (name) => name === withoutEffect,
    });
    expectClose(gradients[withoutEffect]!.data, new Float32Array(gradients[withoutEffect]!.data.length), {
      absolute: 1e-6,
      label: withoutEffect,
    });
  });

  // A hundred megabytes would say nothing that a small file does not.
  if (dim <= 512) {
    test('a checkpoint file becomes a detector that gives the stored scores of a test video', async () => {
      const { visual, audio } = goldenRecording(tensors['test.input']!);
      const { options } = modelOf(golden);
      using detector = Detector.fromOfficial({
        backbone: rtfm,
        backboneOptions: options,
        stateDict: readPth(writePth(golden.state)),
        visual: { dim: visual.dim, crops: visual.crops },
        ...(audio && { audio: { dim: audio.dim } }),
      });
      const { joint } = await detector.score({ visual, audio });
      expectClose(joint!, tensors['test.out.scores']!.data, { absolute: scoreTolerance });
    });
  }

  test('losses of the first steps and the first update', async () => {
    const { model, weights } = modelOf(golden);
    const expected = tensors['traj.loss']!.data;
    const options = { steps: expected.length, learningRate, weightDecay };
    const { losses, weights: after } = await trainOnBatch(model, weights, goldenBatch(golden), options);
    // At full width the first step is large, and what rounding leaves behind is amplified.
    const relative = (i: number) => (dim <= 512 ? 1e-4 : i < 2 ? 1e-5 : 2e-2);
    for (const [i, loss] of losses.entries()) {
      expectClose([loss], [expected[i]!], { relative: relative(i), label: `loss of step ${i + 1}` });
    }
    expectFirstUpdate(toOfficial(weights), toOfficial(after[0]!), golden, {
      rateOf: () => learningRate,
      weightDecay,
      skip: (name) => name === withoutEffect,
    });
  });
}
