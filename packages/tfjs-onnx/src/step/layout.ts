import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../graph/value.js';
import type { Definition, ParameterValues } from './options.js';

/** Where a parameter lies in the vector of its group. */
interface Place {
  name: string;
  /** Among all parameters. */
  index: number;
  shape: readonly number[];
  offset: number;
  size: number;
}

/**
 * Parameters that are updated alike. They travel as one vector, so that an update is a dozen operations instead of
 * a dozen for each parameter, and all its factors are scalars.
 */
export interface Group {
  learningRateScale: number;
  decay: boolean;
  places: Place[];
  size: number;
}

/** Groups the parameters, in the order in which they are given. */
export function groupsOf(params: Definition['params']): Group[] {
  const groups = new Map<string, Group>();
  for (const [index, [name, { shape, learningRateScale, decay }]] of Object.entries(params).entries()) {
    const key = `${learningRateScale} ${decay}`;
    const group = groups.get(key) ?? { learningRateScale, decay, places: [], size: 0 };
    groups.set(key, group);
    const size = sizeOf(shape);
    group.places.push({ name, index, shape, offset: group.size, size });
    group.size += size;
  }
  return [...groups.values()];
}

/** One group of all buffers, which no optimizer updates; none where there are no buffers. */
export function bufferGroups(buffers: Definition['buffers']): Group[] {
  const untrained = Object.entries(buffers).map(
    ([name, values]) => [name, { ...values, learningRateScale: 0, decay: false }] as const,
  );
  return groupsOf(Object.fromEntries(untrained));
}

/** One array for each group, filled from the parameters' own. */
export function flatten(groups: readonly Group[], values: Record<string, ParameterValues>): Float32Array[] {
  return groups.map(({ places, size }) => {
    const vector = new Float32Array(size);
    for (const { name, offset } of places) vector.set(values[name]!.data, offset);
    return vector;
  });
}

/** Copies of the parts, by the parameters' names and in their order. */
export function unflatten(
  groups: readonly Group[],
  vectors: readonly Float32Array[],
): Record<string, ParameterValues> {
  const parts = groups.flatMap(({ places }, g) =>
    places.map(({ name, index, shape, offset, size }) => {
      const data = vectors[g]!.slice(offset, offset + size);
      return { name, index, values: { shape: [...shape], data } };
    }),
  );
  parts.sort((a, b) => a.index - b.index);
  return Object.fromEntries(parts.map(({ name, values }) => [name, values]));
}

/** The parts as tensors, in the order of the groups. */
export function partsOf(groups: readonly Group[], vectors: readonly tf.Tensor[]): tf.Tensor[] {
  return groups.flatMap(({ places }, g) =>
    places.map(({ shape, offset, size }) =>
      tf.reshape(places.length === 1 ? vectors[g]! : tf.slice(vectors[g]!, [offset], [size]), [...shape]),
    ),
  );
}

/** The inverse of {@link partsOf}. */
export function vectorsOf(groups: readonly Group[], parts: readonly tf.Tensor[]): tf.Tensor[] {
  let at = 0;
  return groups.map(({ places }) =>
    tf.concat(parts.slice(at, (at += places.length)).map((part) => tf.reshape(part, [-1]))),
  );
}
