import { type CompileOptions, compileStep, type TensorSpec, type TrainingStep } from '@robusta/tfjs-onnx';
import { type Network, trainingForward } from './network.js';
import type { Weights } from './weights.js';

/** Shapes of what a batch holds: labels, mask and features, in this order. */
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

/** Compiles one training step of fixed shape: forward pass, gradients, Adam (L2 weight decay added to the gradient). */
export async function createTrainer(
  network: Network,
  initial: Weights,
  { batchSize, length, weightDecay }: { batchSize: number; length: number; weightDecay: number },
  engine: CompileOptions,
): Promise<TrainingStep> {
  const { parameters, model } = network;
  const params = Object.entries(parameters).map(([name, { learningRateScale }]) => {
    const { shape, data } = initial[name]!;
    return [name, { shape, data, learningRateScale }] as const;
  });
  return compileStep({
    params: Object.fromEntries(params),
    inputs: batchSpecs(network, batchSize, length),
    loss(weights, [labels, mask, ...features], { seed }) {
      const forward = trainingForward(network, { training: true, seed });
      return model.lossTerms(forward(weights, features, mask!), labels!, mask!);
    },
    optimizer: { name: 'adam', weightDecay },
    ...engine,
  });
}
