import { RobustaError } from '@robusta/core';
import type { OfficialArray, WeightArray, Weights } from '@robusta/detector';
import type { Layer } from './parameters.js';

/** Entries of a published state dict that its forward pass never reads. */
const unused = /^(conv1d[34]\.(weight|bias)|simAdj\.\w+|disAdj\.sigma)$/;

/** Reorders `[out, in, kernel]` to `[kernel, in, out]`, or back with the ends swapped. */
function reverseAxes(data: ArrayLike<number>, [a, b, c]: readonly [number, number, number]): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0, from = 0; i < a; i++) {
    for (let j = 0; j < b; j++) for (let k = 0; k < c; k++) result[(k * b + j) * a + i] = data[from++]!;
  }
  return result;
}

function fromLayout({ kind, inputs, outputs, kernel }: Layer, data: ArrayLike<number>): WeightArray {
  if (kind === 'graph') return { shape: [inputs, outputs], data: Float32Array.from(data) };
  const shape = kind === 'conv' ? [kernel, inputs, outputs] : [inputs, outputs];
  return { shape, data: reverseAxes(data, [outputs, inputs, kernel]) };
}

/**
 * Parameters from a published state dict (PyTorch: convolutions `[out, in, kernel]`, linear `[out, in]`,
 * graph layers `[in, out]`). `conv1d3`, `conv1d4`, `simAdj.*` and `disAdj.sigma` are accepted and left out.
 * @throws BAD_MODEL listing every entry that is missing, unexpected or of another shape
 */
export function fromOfficial(
  layers: Record<string, Layer>,
  stateDict: Record<string, OfficialArray>,
): Weights {
  const weights: Weights = {};
  const problems: string[] = [];
  const take = (
    name: string,
    shape: readonly number[],
    convert: (data: ArrayLike<number>) => WeightArray,
  ) => {
    const array = Object.hasOwn(stateDict, name) ? stateDict[name] : undefined;
    if (!array) return problems.push(`${name} is missing`);
    const size = shape.reduce((product, length) => product * length, 1);
    if (array.shape.join() !== shape.join() || array.data.length !== size) {
      return problems.push(`${name} has shape [${array.shape}], expected [${shape}]`);
    }
    if (typeof array.data[0] === 'bigint') return problems.push(`${name} holds integers`);
    weights[name] = convert(array.data as ArrayLike<number>);
    if (!weights[name].data.every(Number.isFinite)) problems.push(`${name} holds NaN or infinity`);
  };
  for (const [name, layer] of Object.entries(layers)) {
    take(`${name}.weight`, layer.officialShape, (data) => fromLayout(layer, data));
    if (!layer.bias) continue;
    const shape = [layer.outputs];
    take(`${name}.bias`, shape, (data) => ({ shape, data: Float32Array.from(data) }));
  }
  for (const name of Object.keys(stateDict)) {
    const layer = layers[name.replace(/\.(weight|bias)$/, '')];
    const known = layer && (name.endsWith('.weight') || (name.endsWith('.bias') && layer.bias));
    if (!known && !unused.test(name)) problems.push(`${name} is unexpected`);
  }
  if (problems.length > 0) {
    throw new RobustaError('BAD_MODEL', `not a state dict of XDVioDet: ${problems.join('; ')}`, {
      hint: 'the input width of the model must be that of the checkpoint',
      details: { problems },
    });
  }
  return weights;
}

/** The inverse of {@link fromOfficial}: names and layouts of the published state dict, without unused entries. */
export function toOfficialLayout(layers: Record<string, Layer>, weights: Weights): Weights {
  const official: Weights = {};
  for (const [name, layer] of Object.entries(layers)) {
    const { kind, inputs, outputs, kernel, officialShape } = layer;
    const { data } = weights[`${name}.weight`]!;
    official[`${name}.weight`] = {
      shape: officialShape,
      data: kind === 'graph' ? data.slice() : reverseAxes(data, [kernel, inputs, outputs]),
    };
    if (layer.bias) official[`${name}.bias`] = weights[`${name}.bias`]!;
  }
  return official;
}
