import {
  type OfficialArray,
  type OfficialFormat,
  reverseAxes,
  takeOfficial,
  type WeightArray,
  type Weights,
} from '@robusta/detector';
import { type Architecture, type Layer, normParts } from './parameters.js';

function fromLayout({ kind, inputs, outputs, kernel }: Layer, values: ArrayLike<number>): WeightArray {
  const shape = kind === 'conv' ? [kernel, inputs, outputs] : [inputs, outputs];
  return { shape, data: reverseAxes(values, [outputs, inputs, kernel]) };
}

/**
 * Parameters from a published state dict (PyTorch: convolutions `[out, in, kernel]`, linear `[out, in]`), running
 * statistics included. `num_batches_tracked`, which the fixed momentum does not use, is accepted and left out.
 * @throws BAD_MODEL listing every entry that is missing, unexpected or of another shape
 */
export function fromOfficial(
  { layers, norms }: Architecture,
  stateDict: Record<string, OfficialArray>,
): Weights {
  const entries: OfficialFormat['entries'] = {};
  const vector = (name: string, size: number) => {
    const shape = [size];
    entries[name] = { shape, convert: (values) => ({ shape, data: Float32Array.from(values) }) };
  };
  for (const [name, layer] of Object.entries(layers)) {
    entries[`${name}.weight`] = {
      shape: layer.officialShape,
      convert: (values) => fromLayout(layer, values),
    };
    if (layer.bias) vector(`${name}.bias`, layer.outputs);
  }
  for (const [name, { width }] of Object.entries(norms)) {
    for (const part of normParts) vector(`${name}.${part}`, width);
  }
  return takeOfficial(
    {
      network: 'RTFM',
      entries,
      unused: /\.num_batches_tracked$/,
      problem(name, { data }) {
        const negative = name.endsWith('running_var') && Array.from(data, Number).some((value) => value < 0);
        return negative ? `${name} holds negative variances` : undefined;
      },
      hint: 'the input width and the widths of the model must be those of the checkpoint',
    },
    stateDict,
  );
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
