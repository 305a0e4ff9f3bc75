import { createRng, deriveSeed } from '@robusta/core';
import type { ParameterSpec, Weights } from '@robusta/detector';

/** How a parameter is used, and so how it is laid out and initialised. */
export interface Layer {
  /**
   * `pointwise`: kernel-1 convolution or linear layer, `[in, out]` here;
   * `conv`: convolution along time, `[kernel, in, out]` here; `graph`: `[in, out]` here and in PyTorch.
   */
  kind: 'pointwise' | 'conv' | 'graph';
  inputs: number;
  outputs: number;
  kernel: number;
  bias: boolean;
  /** Shape of the published weight. */
  officialShape: readonly number[];
  learningRateScale: number;
}

const hidden = [512, 128] as const;
const graphWidth = 32;

/** The layers by the names of the published state dict, in the order of use. */
export function layersOf(inputDim: number): Record<string, Layer> {
  const pointwise = (inputs: number, outputs: number, learningRateScale = 1): Layer => ({
    kind: 'pointwise',
    inputs,
    outputs,
    kernel: 1,
    bias: true,
    officialShape: [outputs, inputs, 1],
    learningRateScale,
  });
  const conv = (inputs: number, outputs: number, learningRateScale = 1): Layer => ({
    ...pointwise(inputs, outputs, learningRateScale),
    kind: 'conv',
    kernel: 5,
    officialShape: [outputs, inputs, 5],
  });
  const graph = (inputs: number): Layer => ({
    ...pointwise(inputs, graphWidth),
    kind: 'graph',
    bias: false,
    officialShape: [inputs, graphWidth],
  });
  // The approximator learns at half the rate of everything else.
  const layers: Record<string, Layer> = {
    conv1d1: pointwise(inputDim, hidden[0]),
    conv1d2: pointwise(hidden[0], hidden[1]),
    'approximator.0': pointwise(hidden[1], 64, 0.5),
    'approximator.2': pointwise(64, 32, 0.5),
    conv1d_approximator: conv(32, 1, 0.5),
  };
  for (const first of [1, 3, 5]) {
    layers[`gc${first}`] = graph(hidden[1]);
    layers[`gc${first}.residual`] = conv(hidden[1], graphWidth);
    layers[`gc${first + 1}`] = graph(graphWidth);
  }
  layers.classifier = { ...pointwise(3 * graphWidth, 1), officialShape: [1, 3 * graphWidth] };
  return layers;
}

/** Shapes as tfjs uses them: `[in, out]`, convolutions `[kernel, in, out]`. */
export function parametersOf(layers: Record<string, Layer>): Record<string, ParameterSpec> {
  const parameters: Record<string, ParameterSpec> = {};
  for (const [name, { kind, inputs, outputs, kernel, bias, learningRateScale }] of Object.entries(layers)) {
    const shape = kind === 'conv' ? [kernel, inputs, outputs] : [inputs, outputs];
    parameters[`${name}.weight`] = { shape, learningRateScale };
    if (bias) parameters[`${name}.bias`] = { shape: [outputs], learningRateScale };
  }
  return parameters;
}

/** Xavier-uniform weights; biases uniform in ±1/sqrt(fan in), the framework's default that the code keeps. */
export function initialise(layers: Record<string, Layer>, seed: number): Weights {
  const weights: Weights = {};
  const parameters = parametersOf(layers);
  for (const [name, { inputs, outputs, kernel, bias }] of Object.entries(layers)) {
    const fill = (parameter: string, limit: number) => {
      const { shape } = parameters[parameter]!;
      const rng = createRng(deriveSeed(seed, parameter));
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      for (let i = 0; i < data.length; i++) data[i] = (2 * rng.uniform() - 1) * limit;
      weights[parameter] = { shape, data };
    };
    fill(`${name}.weight`, Math.sqrt(6 / ((inputs + outputs) * kernel)));
    if (bias) fill(`${name}.bias`, 1 / Math.sqrt(inputs * kernel));
  }
  return weights;
}
