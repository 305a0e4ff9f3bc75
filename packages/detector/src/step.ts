import {
  adamUpdate,
  type CompiledFunction,
  type CompileOptions,
  compile,
  stopGradient,
  type TensorSpec,
} from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { type Network, trainingForward } from './network.js';
import type { Batch } from './samples.js';
import { flatten, sizeOf, unflatten, unflattenTensor, type Weights } from './weights.js';

/** Adam with its weights as flat vectors, and the compiled function that takes one step. */
export interface Trainer {
  /**
   * One step on a batch.
   * @param learningRate - of this step
   * @param seed - of this step's dropout
   * @returns the loss terms before the step, `total` first
   */
  step(batch: Batch, learningRate: number, seed: number): Promise<Record<string, number>>;
  weights(): Weights;
  dispose(): void;
}

/** Shapes of what {@link Batch} holds. */
function batchSpecs({ fusion, shape, model }: Network, batchSize: number, length: number): TensorSpec[] {
  const specs: TensorSpec[] = [
    { name: 'labels', shape: [batchSize], dtype: 'float32' },
    { name: 'mask', shape: [batchSize, length], dtype: 'float32' },
    { name: 'features', shape: [batchSize, length, model.inputDim], dtype: 'float32' },
  ];
  if (fusion === 'shared' && shape.audio) {
    specs.push(
      { name: 'audio', shape: [batchSize, length, shape.audio.dim], dtype: 'float32' },
      { name: 'is_audio', shape: [batchSize], dtype: 'float32' },
    );
  }
  return specs;
}

/**
 * Compiles one training step of fixed shape: forward pass, gradients, Adam (L2 weight decay added to the gradient).
 * All parameters travel as one vector, so that Adam is a dozen operations instead of a dozen for each parameter.
 */
export async function createTrainer(
  network: Network,
  initial: Weights,
  { batchSize, length, weightDecay }: { batchSize: number; length: number; weightDecay: number },
  engine: CompileOptions,
): Promise<Trainer> {
  const { parameters, model } = network;
  const names = Object.keys(parameters);
  const scales = names.flatMap((name) => {
    const { shape, learningRateScale } = parameters[name]!;
    return new Array<number>(sizeOf(shape)).fill(learningRateScale);
  });
  const evenRate = scales.every((scale) => scale === 1);
  let termNames: string[] = [];

  const step = (inputs: tf.Tensor[]): tf.Tensor[] => {
    const [theta, m, v, seed, count, rate, labels, mask, ...features] = inputs as [tf.Tensor, ...tf.Tensor[]];
    const forward = trainingForward(network, { training: true, seed: seed! });
    const terms = (...tensors: tf.Tensor[]) => {
      const weights = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      const { total, ...rest } = model.lossTerms(forward(weights, features, mask!), labels!, mask!);
      termNames = ['total', ...Object.keys(rest)];
      // The reported parts ride along without a gradient, so that the sum's gradient is that of the total.
      return tf.stack([total, ...Object.values(rest).map(stopGradient)]);
    };
    const tensors = Object.values(unflattenTensor(theta, parameters));
    const { value, grads } = tf.valueAndGrads(terms)(tensors);
    const gradient = tf.concat(grads.map((grad) => tf.reshape(grad, [-1])));
    const learningRate = evenRate ? rate! : tf.mul(rate!, tf.tensor1d(scales));
    const next = adamUpdate({
      weight: theta,
      gradient,
      m: m!,
      v: v!,
      learningRate,
      step: count!,
      weightDecay,
    });
    return [value, next.weight, next.m, next.v];
  };

  const flat = flatten(initial, parameters);
  const size = flat.length;
  const vector = (name: string): TensorSpec => ({ name, shape: [size], dtype: 'float32' });
  const compiled: CompiledFunction = await compile(
    step,
    [
      vector('theta'),
      vector('m'),
      vector('v'),
      { name: 'seed', shape: [], dtype: 'int32' },
      { name: 'step', shape: [], dtype: 'int32' },
      { name: 'learning_rate', shape: [], dtype: 'float32' },
      ...batchSpecs(network, batchSize, length),
    ],
    engine,
  );

  let state: Float32Array[] = [flat, new Float32Array(size), new Float32Array(size)];
  let steps = 0;
  return {
    async step({ labels, mask, features }, learningRate, seed) {
      steps++;
      const scalars = [Int32Array.of(seed), Int32Array.of(steps), Float32Array.of(learningRate)];
      const inputs = [...state, ...scalars, labels, mask, ...features];
      const [terms, ...next] = (await compiled.run(inputs)) as [Float32Array, ...Float32Array[]];
      state = next;
      return Object.fromEntries(termNames.map((name, i) => [name, terms[i]!]));
    },
    weights: () => unflatten(state[0]!, parameters),
    dispose: () => compiled.dispose(),
  };
}
