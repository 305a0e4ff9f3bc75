import { RobustaError } from '@robusta/core';
import type { OfficialArray, WeightArray, Weights } from '@robusta/detector';
import { type Architecture, type Layer, normParts } from './parameters.js';

/** Counters of the published batch norms, which their fixed momentum does not use. */
const unused = /\.num_batches_tracked$/;

/** Reorders `[out, in, kernel]` to `[kernel, in, out]`, or back with the ends swapped. */
function reverseAxes(data: ArrayLike<number>, [a, b, c]: readonly [number, number, number]): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0, from = 0; i < a; i++) {
    for (let j = 0; j < b; j++) for (let k = 0; k < c; k++) result[(k * b + j) * a + i] = data[from++]!;
  }
  return result;
}

function fromLayout({ kind, inputs, outputs, kernel }: Layer, data: ArrayLike<number>): WeightArray {
  const shape = kind === 'conv' ? [kernel, inputs, outputs] : [inputs, outputs];
  return { shape, data: reverseAxes(data, [outputs, inputs, kernel]) };
}

/**
 * Parameters from a published state dict (PyTorch: convolutions `[out, in, kernel]`, linear `[out, in]`), running
 * statistics included. `num_batches_tracked` is accepted and left out.
 * @throws BAD_MODEL listing every entry that is missing, unexpected or of another shape
 */
export function fromOfficial(
  { layers, norms }: Architecture,
  stateDict: Record<string, OfficialArray>,
): Weights {
  const weights: Weights = {};
  const problems: string[] = [];
  const known = new Set<string>();
  const take = (
    name: string,
    shape: readonly number[],
    convert: (data: ArrayLike<number>) => WeightArray,
  ) => {
    known.add(name);
    const array = Object.hasOwn(stateDict, name) ? stateDict[name] : undefined;
    if (!array) return problems.push(`${name} is missing`);
    const size = shape.reduce((product, length) => product * length, 1);
    if (array.shape.join() !== shape.join() || array.data.length !== size) {
      return problems.push(`${name} has shape [${array.shape}], expected [${shape}]`);
    }
    if (typeof array.data[0] === 'bigint') return problems.push(`${name} holds integers`);
    const converted = convert(array.data as ArrayLike<number>);
    weights[name] = converted;
    if (!converted.data.every(Number.isFinite)) problems.push(`${name} holds NaN or infinity`);
    if (name.endsWith('running_var') && converted.data.some((value) => value < 0))
      problems.push(`${name} holds negative variances`);
  };
  const takeVector = (name: string, size: number) =>
    take(name, [size], (data) => ({ shape: [size], data: Float32Array.from(data) }));
  for (const [name, layer] of Object.entries(layers)) {
    take(`${name}.weight`, layer.officialShape, (data) => fromLayout(layer, data));
    if (layer.bias) takeVector(`${name}.bias`, layer.outputs);
  }
  for (const [name, { width }] of Object.entries(norms)) {
    for (const part of normParts) takeVector(`${name}.${part}`, width);
  }
  for (const name of Object.keys(stateDict)) {
    if (!known.has(name) && !unused.test(name)) problems.push(`${name} is unexpected`);
  }
  if (problems.length > 0) {
    throw new RobustaError('BAD_MODEL', `not a state dict of RTFM: ${problems.join('; ')}`, {
      hint: 'the input width and the widths of the model must be those of the checkpoint',
      details: { problems },
    });
  }
  return weights;
}

/** The inverse of {@link fromOfficial}: names and layouts of the published state dict, without its counters. */
export function toOfficialLayout({ layers, norms }: Architecture, weights: Weights): Weights {
  const official: Weights = {};
  for (const [name, { inputs, outputs, kernel, bias, officialShape }] of Object.entries(layers)) {
    const { data } = weights[`${name}.weight`]!;
    official[`${name}.weight`] = {
      shape: officialShape,
      data: reverseAxes(data, [kernel, inputs, outputs]),
    };
    if (bias) official[`${name}.bias`] = weights[`${name}.bias`]!;
  }
  for (const name of Object.keys(norms)) {
    for (const part of normParts) official[`${name}.${part}`] = weights[`${name}.${part}`]!;
  }
  return official;
}
