import {
  type OfficialArray,
  type OfficialFormat,
  reverseAxes,
  takeOfficial,
  type WeightArray,
  type Weights,
} from '@robusta/detector';
import type { Layer } from './parameters.js';

function fromLayout({ kind, inputs, outputs, kernel }: Layer, values: ArrayLike<number>): WeightArray {
  if (kind === 'graph') return { shape: [inputs, outputs], data: Float32Array.from(values) };
  const shape = kind === 'conv' ? [kernel, inputs, outputs] : [inputs, outputs];
  return { shape, data: reverseAxes(values, [outputs, inputs, kernel]) };
}

/**
 * Parameters from a published state dict (PyTorch: convolutions `[out, in, kernel]`, linear `[out, in]`,
 * graph layers `[in, out]`). `conv1d3`, `conv1d4`, `simAdj.*` and `disAdj.sigma`, which the forward pass never reads, are
 * accepted and left out.
 * @throws BAD_MODEL listing every entry that is missing, unexpected or of another shape
 */
export function fromOfficial(
  layers: Record<string, Layer>,
  stateDict: Record<string, OfficialArray>,
): Weights {
  const entries: OfficialFormat['entries'] = {};
  for (const [name, layer] of Object.entries(layers)) {
    entries[`${name}.weight`] = {
      shape: layer.officialShape,
      convert: (values) => fromLayout(layer, values),
    };
    if (!layer.bias) continue;
    const shape = [layer.outputs];
    entries[`${name}.bias`] = { shape, convert: (values) => ({ shape, data: Float32Array.from(values) }) };
  }
  return takeOfficial(
    {
      network: 'XDVioDet',
      entries,
      unused: /^(conv1d[34]\.(weight|bias)|simAdj\.\w+|disAdj\.sigma)$/,
      hint: 'the input width of the model must be that of the checkpoint',
    },
    stateDict,
  );
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
