import { RobustaError } from '@robusta/core';
import type { TensorData } from '@robusta/tensor-io';
import { MODEL_KINDS, type ModelKind } from '../model/kinds.js';
import { networkTensors } from '../networks/network.js';
import { fromCaffe2, isCaffe2 } from './caffe2.js';

/** The state dict of a network inside a checkpoint. */
export interface FoundState {
  state: Record<string, TensorData>;
  /** What the published names have before them in the file, for example `state_dict.module.`. */
  prefix: string;
  /** Paths of tensors that are elsewhere: the optimizer's, momenta, counters. */
  ignored: string[];
}

/** Names of hassony2's port of Inception-I3D, which video_features uses. */
const OTHER_PORT = /(^|\.)(conv3d_1a_7x7\.(conv3d|batch3d)|mixed_\d\w\.branch_\d)\./;

/**
 * Finds the tensors of a network by their names, wherever they are nested and whatever stands before the names.
 * @throws BAD_MODEL where another network, or another port of this one, is in the file
 */
export function findState(kind: ModelKind, tensors: Readonly<Record<string, TensorData>>): FoundState {
  const names = Object.keys(tensors);
  if (names.some((name) => OTHER_PORT.test(name))) {
    throw new RobustaError(
      'BAD_MODEL',
      'the file is of another port of Inception-I3D (names such as conv3d_1a_7x7.batch3d), whose batch norms ' +
        'were made for another epsilon (1e-5 instead of 1e-3)',
      { hint: "use rgb_imagenet.pt of piergiaj's pytorch-i3d" },
    );
  }
  if (isCaffe2(names)) {
    requireKind(kind, 'i3d-resnet50');
    const { tensors: state, ignored } = fromCaffe2(tensors);
    return { state, prefix: 'blobs.', ignored };
  }
  const best = prefixOf(kind, names);
  for (const other of MODEL_KINDS)
    if (other !== kind && prefixOf(other, names).matches > best.matches) requireKind(kind, other);
  const inside = names.filter((name) => name.startsWith(best.prefix));
  return {
    state: Object.fromEntries(inside.map((name) => [name.slice(best.prefix.length), tensors[name]!])),
    prefix: best.prefix,
    ignored: names.filter((name) => !name.startsWith(best.prefix)),
  };
}

function requireKind(kind: ModelKind, found: ModelKind): void {
  if (kind === found) return;
  throw new RobustaError('BAD_MODEL', `the file holds ${found}, not ${kind}`, {
    hint: `import it as ${found}`,
    details: { expected: kind, found },
  });
}

/** What stands before the most names of a network; the first in the file of several that have as many. */
function prefixOf(kind: ModelKind, names: readonly string[]): { prefix: string; matches: number } {
  const form = kind === 'i3d-resnet50' ? { nonLocal: true } : {};
  const wanted = new Set(networkTensors(kind, form).map(({ name }) => name));
  const counts = new Map<string, number>();
  for (const name of names) {
    for (let at = 0; at >= 0; ) {
      if (wanted.has(name.slice(at))) {
        const prefix = name.slice(0, at);
        counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
      }
      const dot = name.indexOf('.', at);
      at = dot < 0 ? -1 : dot + 1;
    }
  }
  let best = { prefix: '', matches: 0 };
  for (const [prefix, matches] of counts) if (matches > best.matches) best = { prefix, matches };
  return best;
}
