import { RobustaError } from '@robusta/core';
import type { OfficialArray, Weights } from '@robusta/detector';
import type { Parameter } from './parameters.js';

/** Entries of a published state dict that its forward pass never reads: curvatures and an unused width. */
const unused = /^(\w+\.)*(manifold\.k|c)$|^disAdj\.sigma$/;

function transpose(data: ArrayLike<number>, [rows, columns]: readonly number[]): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0, from = 0; i < rows!; i++) {
    for (let j = 0; j < columns!; j++) result[j * rows! + i] = data[from++]!;
  }
  return result;
}

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
  const weights: Weights = {};
  const problems: string[] = [];
  for (const [name, { shape, officialShape, transposed }] of Object.entries(parameters)) {
    const array = Object.hasOwn(stateDict, name) ? stateDict[name] : undefined;
    const size = shape.reduce((product, length) => product * length, 1);
    if (!array) problems.push(`${name} is missing`);
    else if (array.shape.join() !== officialShape.join() || array.data.length !== size) {
      problems.push(`${name} has shape [${array.shape}], expected [${officialShape}]`);
    } else if (typeof array.data[0] === 'bigint') problems.push(`${name} holds integers`);
    else {
      const values = array.data as ArrayLike<number>;
      const data = transposed ? transpose(values, officialShape) : Float32Array.from(values);
      weights[name] = { shape, data };
      if (!data.every(Number.isFinite)) problems.push(`${name} holds NaN or infinity`);
    }
  }
  for (const [name, { data }] of Object.entries(stateDict)) {
    if (Object.hasOwn(parameters, name)) continue;
    if (!unused.test(name)) problems.push(`${name} is unexpected`);
    else if (name.endsWith('manifold.k') && (data.length !== 1 || Number(data[0]) !== 1)) {
      problems.push(`${name} is ${data[0]}, and this network has curvature -1 alone`);
    }
  }
  if (problems.length > 0) {
    throw new RobustaError('BAD_MODEL', `not a state dict of HyperVD: ${problems.join('; ')}`, {
      hint: 'input width and audioDim of the model must be those of the checkpoint: 1152 and 128 as published',
      details: { problems },
    });
  }
  return weights;
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
