import {
  type CompileOptions,
  compileStep,
  type Parameter,
  type ParameterValues,
  type TensorSpec,
  type TrainingStep,
} from '@robusta/tfjs-onnx';
import { type Network, nextBuffers, trainingForward } from './network.js';
import { cropsTogether, plainLayout } from './samples.js';
import type { Weights } from './weights.js';

/** Shapes of what a batch holds: labels, mask and features, in this order. */
function batchSpecs({ fusion, shape, model }: Network, batchSize: number, length: number): TensorSpec[] {
  const rows = batchSize * cropsTogether(shape, model.batches ?? plainLayout);
  const specs: TensorSpec[] = [
    { name: 'labels', shape: [batchSize], dtype: 'float32' },
    { name: 'mask', shape: [rows, length], dtype: 'float32' },
    { name: 'features', shape: [rows, length, model.inputDim], dtype: 'float32' },
  ];
  if (fusion !== 'concat' && shape.audio) {
    specs.push(
      { name: 'audio', shape: [rows, length, shape.audio.dim], dtype: 'float32' },
      { name: 'is_audio', shape: [rows], dtype: 'float32' },
    );
  }
  return specs;
}

/** Compiles one training step of fixed shape: forward pass, gradients, Adam (L2 weight decay added to the gradient). */
export async function createTrainer(
  network: Network,
  initial: Weights,
  { batchSize, length, weightDecay }: { batchSize: number; length: number; weightDecay: number },
  engine: CompileOptions,
): Promise<TrainingStep> {
  const { model } = network;
  const { params, buffers } = partsOf(network, initial);
  const hasBuffers = Object.keys(buffers).length > 0;
  return compileStep({
    params,
    ...(hasBuffers ? { buffers } : {}),
    inputs: batchSpecs(network, batchSize, length),
    loss(weights, [labels, mask, ...features], { seed, buffers: kept }) {
      const forward = trainingForward(network, { training: true, seed });
      const output = forward({ ...weights, ...kept }, features, mask!);
      const loss = model.lossTerms(output, labels!, mask!);
      return hasBuffers ? { loss, buffers: nextBuffers(network, output) } : loss;
    },
    optimizer: { name: 'adam', weightDecay },
    ...engine,
  });
}

/** What is trained, and what is only carried along. */
function partsOf({ parameters }: Network, initial: Weights) {
  const params: Record<string, Parameter> = {};
  const buffers: Record<string, ParameterValues> = {};
  for (const [name, { learningRateScale, buffer }] of Object.entries(parameters)) {
    const { shape, data } = initial[name]!;
    if (buffer) buffers[name] = { shape, data };
    else params[name] = { shape, data, learningRateScale };
  }
  return { params, buffers };
}

/** All that was trained or carried along, in the order of the network. */
export function trainedWeights({ parameters }: Network, trainer: TrainingStep): Weights {
  const all = { ...trainer.parameters(), ...trainer.buffers() };
  return Object.fromEntries(Object.keys(parameters).map((name) => [name, all[name]!]));
}
