import { createRng, deriveSeed } from '@robusta/core';
import type { ParameterSpec, Weights } from '@robusta/detector';
import type { ResolvedOptions } from './options.js';

/** A convolution along time or a linear layer. */
export interface Layer {
  /** `pointwise`: `[in, out]` here; `conv`: `[kernel, in, out]` here. */
  kind: 'pointwise' | 'conv';
  inputs: number;
  outputs: number;
  kernel: number;
  bias: boolean;
  /** Shape of the published weight. */
  officialShape: readonly number[];
}

/** The layers of one configuration. */
export interface Architecture {
  /** By the names of the published state dict, in the order of use. */
  layers: Record<string, Layer>;
  /** Batch norms by their names: the width, and the value that the scale starts at. */
  norms: Record<string, { width: number; initialScale: 0 | 1 }>;
}

/** Learned vectors of a batch norm, then its running statistics. */
export const normParts = ['weight', 'bias', 'running_mean', 'running_var'] as const;

export function architectureOf(
  inputDim: number,
  { branchWidth, fc1Width, fc2Width }: Pick<ResolvedOptions, 'branchWidth' | 'fc1Width' | 'fc2Width'>,
): Architecture {
  const conv = (inputs: number, outputs: number, kernel: number, bias: boolean): Layer => ({
    kind: kernel === 1 ? 'pointwise' : 'conv',
    inputs,
    outputs,
    kernel,
    bias,
    officialShape: [outputs, inputs, kernel],
  });
  const linear = (inputs: number, outputs: number): Layer => ({
    ...conv(inputs, outputs, 1, true),
    officialShape: [outputs, inputs],
  });
  const attention = branchWidth / 2;
  const norm = (width: number, initialScale: 0 | 1 = 1) => ({ width, initialScale });
  return {
    layers: {
      'Aggregate.conv_1.0': conv(inputDim, branchWidth, 3, true),
      'Aggregate.conv_2.0': conv(inputDim, branchWidth, 3, true),
      'Aggregate.conv_3.0': conv(inputDim, branchWidth, 3, true),
      'Aggregate.conv_4.0': conv(inputDim, branchWidth, 1, false),
      'Aggregate.non_local.g': conv(branchWidth, attention, 1, true),
      'Aggregate.non_local.theta': conv(branchWidth, attention, 1, true),
      'Aggregate.non_local.phi': conv(branchWidth, attention, 1, true),
      'Aggregate.non_local.W.0': conv(attention, branchWidth, 1, true),
      'Aggregate.conv_5.0': conv(4 * branchWidth, inputDim, 3, false),
      fc1: linear(inputDim, fc1Width),
      fc2: linear(fc1Width, fc2Width),
      fc3: linear(fc2Width, 1),
    },
    norms: {
      'Aggregate.conv_1.2': norm(branchWidth),
      'Aggregate.conv_2.2': norm(branchWidth),
      'Aggregate.conv_3.2': norm(branchWidth),
      // The attention starts as the identity.
      'Aggregate.non_local.W.1': norm(branchWidth, 0),
      'Aggregate.conv_5.2': norm(inputDim),
    },
  };
}

/** Shapes as tfjs uses them: `[in, out]`, convolutions `[kernel, in, out]`; running statistics are buffers. */
export function parametersOf({ layers, norms }: Architecture): Record<string, ParameterSpec> {
  const parameters: Record<string, ParameterSpec> = {};
  for (const [name, { kind, inputs, outputs, kernel, bias }] of Object.entries(layers)) {
    const shape = kind === 'conv' ? [kernel, inputs, outputs] : [inputs, outputs];
    parameters[`${name}.weight`] = { shape, learningRateScale: 1 };
    if (bias) parameters[`${name}.bias`] = { shape: [outputs], learningRateScale: 1 };
  }
  for (const [name, { width }] of Object.entries(norms)) {
    for (const part of normParts) {
      const spec: ParameterSpec = { shape: [width], learningRateScale: 1 };
      parameters[`${name}.${part}`] = part.startsWith('running') ? { ...spec, buffer: true } : spec;
    }
  }
  return parameters;
}

/** Xavier-uniform weights and zero biases; batch norms are the identity, that of the attention zero. */
export function initialise(architecture: Architecture, seed: number): Weights {
  const weights: Weights = {};
  for (const [name, { shape }] of Object.entries(parametersOf(architecture))) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    weights[name] = { shape, data };
  }
  for (const [name, { inputs, outputs, kernel }] of Object.entries(architecture.layers)) {
    const { data } = weights[`${name}.weight`]!;
    const rng = createRng(deriveSeed(seed, `${name}.weight`));
    const limit = Math.sqrt(6 / ((inputs + outputs) * kernel));
    for (let i = 0; i < data.length; i++) data[i] = (2 * rng.uniform() - 1) * limit;
  }
  for (const [name, { initialScale }] of Object.entries(architecture.norms)) {
    weights[`${name}.weight`]!.data.fill(initialScale);
    weights[`${name}.running_var`]!.data.fill(1);
  }
  return weights;
}
