import { compile, type Engine, type TensorSpec, type TensorValues } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import type { BackboneModel } from '../backbone.js';
import type { WeightMap, Weights } from '../weights.js';

/** What a pass is run on. With crops together a bag has several rows, so that there are more rows than labels. */
export interface PassBatch {
  rows: number;
  /** T */
  length: number;
  /** `[rows, T, D]`, zero where masked. */
  x: Float32Array;
  /** `[rows, T]`, 1 for a snippet and 0 for padding. */
  mask: Float32Array;
  /** `[bags]`; without labels there is no loss. */
  labels?: Float32Array;
}

/** How a pass is run. */
export interface PassOptions {
  /** `onnx`: traced, on ONNX Runtime; the others are eager. Default `wasm`, which is the faster of these. */
  engine?: Engine;
  /** Default false. */
  training?: boolean;
  /** Of dropout. */
  seed?: number;
  /** Computes those of the loss, default false. */
  gradients?: boolean;
}

/** What a pass gives. */
export interface Pass {
  /** All that `forward` returns. */
  outputs: Record<string, TensorValues>;
  /** What `lossTerms` returns. */
  terms: Record<string, number>;
  /** What `buffers` returns, after a training pass. */
  buffers: Record<string, TensorValues>;
  /** Of the total loss by each parameter that is trained, where asked for. */
  gradients: Weights;
  /** Of the total loss by the features, which a projection in front of the network gets; `[rows, T, D]`. */
  inputGradient?: Float32Array;
}

interface Input {
  shape: readonly number[];
  data: TensorValues;
}

/** Runs a function of tensors once. */
export async function evaluate(
  engine: Engine,
  fn: (inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: readonly Input[],
): Promise<TensorValues[]> {
  const specs = inputs.map(({ shape, data }): TensorSpec => ({ shape, dtype: dtypeOf(data) }));
  const compiled = await compile(fn, specs, { engine });
  try {
    return await compiled.run(inputs.map(({ data }) => data));
  } finally {
    compiled.dispose();
  }
}

const dtypeOf = (data: TensorValues) => (data instanceof Int32Array ? 'int32' : 'float32');

/** Runs forward pass, loss and gradients of a network once: all its numbers, to be compared with others. */
export async function runPass(
  model: BackboneModel,
  weights: Weights,
  batch: PassBatch,
  { engine = 'wasm', training = false, seed, gradients = false }: PassOptions = {},
): Promise<Pass> {
  const names = Object.keys(model.parameters);
  const trained = names.filter((name) => !model.parameters[name]!.buffer);
  const { rows, length, x, mask, labels } = batch;
  const given: Record<string, Input> = {
    x: { shape: [rows, length, model.inputDim], data: x },
    mask: { shape: [rows, length], data: mask },
    ...(labels && { labels: { shape: [labels.length], data: labels } }),
    ...(seed !== undefined && { seed: { shape: [], data: Int32Array.of(seed) } }),
  };
  const parameters = names.map((name): Input => weights[name]!);
  const keys: [group: 'outputs' | 'terms' | 'buffers', name: string][] = [];

  const fn = (tensors: tf.Tensor[]) => {
    const input = Object.fromEntries(Object.keys(given).map((name, i) => [name, tensors[i]!]));
    const map: WeightMap = Object.fromEntries(
      names.map((name, i) => [name, tensors[Object.keys(given).length + i]!]),
    );
    const results: tf.Tensor[] = [];
    const loss = (features: tf.Tensor, ...values: tf.Tensor[]) => {
      const own = { ...map, ...Object.fromEntries(trained.map((name, i) => [name, values[i]!])) };
      const options = { training, ...(input.seed && { seed: input.seed }) };
      const outputs = model.forward(own, features, input.mask!, options);
      const terms: Record<string, tf.Tensor> = input.labels
        ? model.lossTerms(outputs, input.labels, input.mask!)
        : {};
      const buffers = training ? (model.buffers?.(outputs) ?? {}) : {};
      keys.length = 0;
      for (const [group, values] of Object.entries({ outputs, terms, buffers })) {
        for (const [name, tensor] of Object.entries(values)) {
          keys.push([group as 'outputs', name]);
          results.push(tf.keep(tensor));
        }
      }
      if (!gradients) return tf.scalar(0);
      // So that a parameter without influence has a gradient of 0, not an error that names none.
      const nothing = [features, ...values].map((value) =>
        tf.mul(tf.slice(tf.reshape(value, [-1]), [0], [1]), 0),
      );
      return tf.addN([terms.total!, ...nothing.map((zero) => tf.reshape(zero, []))]) as tf.Scalar;
    };
    const current = [input.x!, ...trained.map((name) => map[name]!)] as const;
    if (!gradients) loss(...current);
    const slopes = gradients ? tf.grads(loss)([...current]) : [];
    return [...results, ...slopes];
  };

  const values = await evaluate(engine, fn, [...Object.values(given), ...parameters]);
  const pass: Pass = { outputs: {}, terms: {}, buffers: {}, gradients: {} };
  for (const [i, [group, name]] of keys.entries()) {
    if (group === 'terms') pass.terms[name] = values[i]![0]!;
    else pass[group][name] = values[i]!;
  }
  const [inputGradient, ...slopes] = values.slice(keys.length) as Float32Array[];
  for (const [i, data] of slopes.entries()) {
    const name = trained[i]!;
    pass.gradients[name] = { shape: model.parameters[name]!.shape, data };
  }
  return inputGradient ? { ...pass, inputGradient } : pass;
}
