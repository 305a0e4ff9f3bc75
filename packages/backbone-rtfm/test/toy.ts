import { createRng } from '@robusta/core';
import type { BackboneModel, Weights } from '@robusta/detector';
import * as tf from '@tensorflow/tfjs';
import { rtfm } from '../src/index.js';

/** Width of the features in these tests. */
export const dim = 6;
const widths = { branchWidth: 4, fc1Width: 5, fc2Width: 3 };
/** A model of small widths. */
export const small = (options: Record<string, unknown> = {}) =>
  rtfm.build({ inputDim: dim, ...widths, ...options });
export const normals = (seed: number, size: number, scale = 1) => {
  const rng = createRng(seed);
  return Float32Array.from({ length: size }, () => rng.normal() * scale);
};
/** Masks of sequences: 1 for the first so many snippets. */
export const prefix = (lengths: number[], length: number) =>
  tf.tensor2d(lengths.map((valid) => Array.from({ length }, (_, t) => (t < valid ? 1 : 0))));

/** Weights with batch norms that do something. */
export function weightsOf(model: BackboneModel, seed: number): Weights {
  const weights = model.init(seed);
  const rng = createRng(seed);
  for (const [name, { data }] of Object.entries(weights)) {
    const positive = name.endsWith('running_var');
    if (data.every((value) => value === data[0])) {
      for (let i = 0; i < data.length; i++) data[i] = positive ? 0.5 + rng.uniform() : rng.normal() * 0.5;
    }
  }
  return weights;
}

/** Sequences of the given lengths as a batch, zero-padded to `length`. */
export function batchOf(sequences: Float32Array[], length: number): { x: tf.Tensor; mask: tf.Tensor } {
  const x = new Float32Array(sequences.length * length * dim);
  for (const [i, sequence] of sequences.entries()) x.set(sequence, i * length * dim);
  const lengths = sequences.map((sequence) => sequence.length / dim);
  return { x: tf.tensor3d(x, [sequences.length, length, dim]), mask: prefix(lengths, length) };
}
