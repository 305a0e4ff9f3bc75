import { type OfficialArray, reverseAxes, takeOfficial, type Weights } from '@robusta/detector';
import type { Parameter } from './parameters.js';

const transpose = (values: ArrayLike<number>, [rows, columns]: readonly number[]) =>
  reverseAxes(values, [rows!, 1, columns!]);

/**
 * Parameters from a published state dict (PyTorch: convolutions `[out, in, 1]`, linear `[out, in]`). `*.manifold.k`
 * is accepted where it is 1, the only curvature that the published code computes with; `*.c` and `disAdj.sigma` are
 * accepted and left out.
 * @throws BAD_MODEL listing every entry that is missing, unexpected or of another shape
 */
export function fromOfficial(
  parameters: Record<string, Parameter>,
  stateDict: Record<string, OfficialArray>,
): Weights {
  const entries = Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, officialShape, transposed }]) => {
      const convert = (values: ArrayLike<number>) => ({
        shape,
        data: transposed ? transpose(values, officialShape) : Float32Array.from(values),
      });
      return [name, { shape: officialShape, convert }];
    }),
  );
  return takeOfficial(
    {
      network: 'HyperVD',
      entries,
      unused: /^(\w+\.)*(manifold\.k|c)$|^disAdj\.sigma$/,
      problem(name, { data }) {
        const fits = !name.endsWith('manifold.k') || (data.length === 1 && Number(data[0]) === 1);
        return fits ? undefined : `${name} is ${data[0]}, and this network has curvature -1 alone`;
      },
      hint: 'input width and audioDim of the model must be those of the checkpoint: 1152 and 128 as published',
    },
    stateDict,
  );
}

/** The inverse of {@link fromOfficial}: names and layouts of the published state dict, without unused entries. */
export function toOfficialLayout(parameters: Record<string, Parameter>, weights: Weights): Weights {
  const official: Weights = {};
  for (const [name, { shape, officialShape, transposed }] of Object.entries(parameters)) {
    const { data } = weights[name]!;
    official[name] = { shape: officialShape, data: transposed ? transpose(data, shape) : data.slice() };
  }
  return official;
}
