import { Detector } from '@robusta/detector';
import { runPass, trainOnBatch } from '@robusta/detector/testing';
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
import { toOfficial, xdviodet } from '../src/index.js';

// Tolerances: about ten times the difference between the official code in float32 and in float64.
const logitTolerance = 5e-5;
const scoreTolerance = 1e-5;
const gradientTolerance = 1e-5;

/** The official model: its padding, no dropout, the width of the file. */
function modelOf({ tensors, state }: GoldenCase) {
  const model = xdviodet.build({ inputDim: tensors.input!.shape[2]!, padding: 'official', dropout: 0 });
  return { model, weights: model.fromOfficial(state) };
}

describeShared('golden/backbones', (folder) => {
  for (const golden of goldenBackbones(folder, 'xdviodet')) describe(golden.file, () => testsOf(golden));
});

function testsOf(golden: GoldenCase): void {
  const { tensors } = golden;
  const hasGradients = Object.keys(tensors).some((key) => key.startsWith('grad.'));
  const { learningRate } = xdviodet.defaults;

  test.each(['cpu', 'onnx'] as const)('forward pass, losses and gradients on %s', async (engine) => {
    const { model, weights } = modelOf(golden);
    const options = { engine, training: true, gradients: hasGradients };
    const { outputs, terms, gradients } = await runPass(model, weights, goldenBatch(golden), options);
    const close = (values: ArrayLike<number>, key: string, absolute: number) =>
      expectClose(values, tensors[key]!.data, { absolute, label: `${key} on ${engine}` });
    close(outputs.offline!, 'out.logits_offline', logitTolerance);
    close(outputs.online!, 'out.logits_online', logitTolerance);
    close(outputs.similarity!, 'inter.adj_similarity', 1e-6);
    close(outputs.score!, 'inter.adj_score', 1e-6);
    const batch = tensors.input!.shape[0]!;
    const distance = Array.from({ length: batch }, () => Array.from(outputs.distance!)).flat();
    close(distance, 'inter.adj_distance', 1e-6);
    for (const name of ['gc1', 'gc2', 'gc3', 'gc4', 'gc5', 'gc6']) {
      close(outputs[name]!, `inter.${name}_pre_relu`, logitTolerance);
    }
    for (const [name, key] of [
      ['conv1d2', 'inter.conv1d2_pre_relu'],
      ['approximator', 'inter.approximator'],
    ] as const) {
      const expected = channelsLast(tensors[key]!);
      expectClose(outputs[name]!, expected, { absolute: logitTolerance, label: key });
    }
    for (const [name, key] of [
      ['classOffline', 'loss.cls_offline'],
      ['classOnline', 'loss.cls_online'],
      ['distill', 'loss.distill'],
      ['total', 'loss.total'],
    ] as const) {
      close([terms[name]!], key, scoreTolerance);
    }
    const official = hasGradients ? toOfficial(gradients) : {};
    expectGradients(official, golden, { tolerance: gradientTolerance, label: `on ${engine}` });
  });

  test('a checkpoint file becomes a detector that gives the stored scores of a test video', async () => {
    const { visual, audio } = goldenRecording(tensors['test.input']!);
    const stateDict = readPth(writePth(golden.state));
    using detector = Detector.fromOfficial({
      backbone: xdviodet,
      stateDict,
      visual: { dim: visual.dim, crops: visual.crops },
      ...(audio && { audio: { dim: audio.dim } }),
    });
    for (const branch of ['offline', 'online'] as const) {
      const { joint } = await detector.score({ visual, audio }, { branch });
      const key = `test.out.score_${branch}`;
      expectClose(joint!, tensors[key]!.data, { absolute: scoreTolerance, label: key });
    }
    // Scores hide what the sigmoid makes equal.
    const model = xdviodet.build({ inputDim: tensors['test.input']!.shape[2]! });
    const [rows, length] = tensors['test.input']!.shape as [number, number];
    const x = tensors['test.input']!.data as Float32Array;
    const mask = new Float32Array(rows * length).fill(1);
    const { outputs } = await runPass(model, model.fromOfficial(stateDict), { rows, length, x, mask });
    for (const branch of ['offline', 'online'] as const) {
      const key = `test.out.logits_${branch}`;
      expectClose(outputs[branch]!, tensors[key]!.data, { absolute: logitTolerance, label: key });
    }
  });

  if ('traj.loss' in tensors) {
    test('losses of the first training steps', async () => {
      const { model, weights } = modelOf(golden);
      const expected = tensors['traj.loss']!.data;
      const options = { steps: expected.length, learningRate };
      const { losses } = await trainOnBatch(model, weights, goldenBatch(golden), options);
      expectClose(losses, expected, { relative: 1e-4, label: 'traj.loss' });
    });
  }

  if (Object.keys(tensors).some((key) => key.startsWith('adam1_delta.'))) {
    test('first Adam update', async () => {
      const { model, weights } = modelOf(golden);
      const options = { steps: 1, learningRate };
      const { weights: after } = await trainOnBatch(model, weights, goldenBatch(golden), options);
      const rateOf = (name: string) => learningRate * (name.includes('approximator') ? 0.5 : 1);
      expectFirstUpdate(toOfficial(weights), toOfficial(after[0]!), golden, { rateOf });
    });
  }
}
