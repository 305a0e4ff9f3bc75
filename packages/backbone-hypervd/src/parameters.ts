import { createRng, deriveSeed, type Rng } from '@robusta/core';
import type { ParameterSpec, WeightArray, Weights } from '@robusta/detector';

/** A parameter: its shape here, and how the published state dict lays it out. */
export interface Parameter {
  /** `[in, out]` of what multiplies features. */
  shape: readonly number[];
  officialShape: readonly number[];
  /** The published layout is `[out, in]`, with or without a kernel axis of 1. */
  transposed: boolean;
  initial: (rng: Rng) => ArrayLike<number>;
}

/** Widths of the two pointwise layers. */
const hidden = [512, 128] as const;
/** Width of the points of each graph branch, time coordinate included. */
const graphWidth = 32;

/** The graph branches by their published names, and the place of each one's only layer. */
export const branches = ['HFSGCN', 'HTRGCN'] as const;
export const layerOf = (branch: (typeof branches)[number]) => `${branch}.encoder.layers.0.linear`;

const uniforms = (size: number, limit: number) => (rng: Rng) =>
  Float32Array.from({ length: size }, () => (2 * rng.uniform() - 1) * limit);
const constant = (size: number, value: number) => () => new Float32Array(size).fill(value);

/** A random direction, led through the exponential map at the origin: a point of the hyperboloid. */
function randomPoint(width: number): (rng: Rng) => Float32Array {
  return (rng) => {
    const normals = Float64Array.from({ length: width }, () => rng.normal());
    const norm = Math.hypot(...normals);
    const direction = normals.map((value) => value / norm);
    // Of a tangent at the origin only the space coordinates count; the time coordinate follows.
    const radius = Math.max(Math.hypot(...direction.subarray(1)), 1e-5);
    const point = Float32Array.from(direction, (value) => (value * Math.sinh(radius)) / radius);
    point[0] = Math.sqrt(1 + point.subarray(1).reduce((sum, value) => sum + value * value, 0));
    return point;
  };
}

/**
 * All parameters by the names of the published state dict, in the order of use. Convolutions start as the framework
 * has it, uniform in ±1/sqrt(fan in), weights and biases; Lorentz layers uniform in ±1/sqrt(32), blind to the time
 * coordinate and without a bias.
 */
export function parametersOf(inputDim: number, audioDim: number): Record<string, Parameter> {
  const parameters: Record<string, Parameter> = {};
  const plain = (shape: readonly number[], initial: Parameter['initial']): Parameter => ({
    shape,
    officialShape: shape,
    transposed: false,
    initial,
  });
  const pointwise = (name: string, inputs: number, outputs: number) => {
    const limit = 1 / Math.sqrt(inputs);
    parameters[`${name}.weight`] = {
      shape: [inputs, outputs],
      officialShape: [outputs, inputs, 1],
      transposed: true,
      initial: uniforms(inputs * outputs, limit),
    };
    parameters[`${name}.bias`] = plain([outputs], uniforms(outputs, limit));
  };
  pointwise('conv1d1', inputDim - audioDim, hidden[0]);
  pointwise('conv1d2', ...hidden);
  const pointWidth = 1 + hidden[1] + audioDim;
  for (const name of branches.map(layerOf)) {
    const uniform = uniforms(pointWidth * graphWidth, 1 / Math.sqrt(graphWidth));
    parameters[`${name}.weight.weight`] = {
      shape: [pointWidth, graphWidth],
      officialShape: [graphWidth, pointWidth],
      transposed: true,
      initial: (rng) => uniform(rng).fill(0, 0, graphWidth),
    };
    parameters[`${name}.weight.bias`] = plain([graphWidth], constant(graphWidth, 0));
    parameters[`${name}.scale`] = plain([], constant(1, Math.log(10)));
  }
  const joined = branches.length * graphWidth;
  parameters['HyperCLS.cls'] = {
    shape: [joined, 1],
    officialShape: [1, joined],
    transposed: true,
    initial: randomPoint(joined),
  };
  parameters['HyperCLS.bias'] = plain([1], constant(1, 0));
  return parameters;
}

export function specsOf(parameters: Record<string, Parameter>): Record<string, ParameterSpec> {
  const entries = Object.entries(parameters);
  return Object.fromEntries(entries.map(([name, { shape }]) => [name, { shape, learningRateScale: 1 }]));
}

export function initialise(parameters: Record<string, Parameter>, seed: number): Weights {
  const weights: Weights = {};
  for (const [name, { shape, initial }] of Object.entries(parameters)) {
    const data = Float32Array.from(initial(createRng(deriveSeed(seed, name))));
    weights[name] = { shape, data } satisfies WeightArray;
  }
  return weights;
}
