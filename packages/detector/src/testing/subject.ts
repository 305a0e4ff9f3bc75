import { createRng, deriveSeed } from '@robusta/core';
import type { Backbone, BackboneConfig, BackboneModel, BatchLayout } from '../backbone.js';
import { plainLayout } from '../samples.js';
import type { WeightArray, Weights } from '../weights.js';
import type { PassBatch } from './run-pass.js';

/** How a backbone is tried; small sizes make it quick. */
export interface ConformanceOptions {
  /** The backbone's own options, such as small widths. */
  backboneOptions?: Record<string, unknown>;
  /** D of joined features, default 10. */
  inputDim?: number;
  /** How many of these are audio, default 4. */
  audioDim?: number;
  /** Of the training on toy videos, default 3e-3. */
  learningRate?: number;
  /** Of that training, two steps each; default 30. */
  epochs?: number;
  /** Of parameters and features, default 0. */
  seed?: number;
}

/** A backbone with what it is tried with. */
export interface Subject extends Required<ConformanceOptions> {
  backbone: Backbone;
}

export function subjectOf(backbone: Backbone, options: ConformanceOptions): Subject {
  const defaults = {
    backboneOptions: {},
    inputDim: 10,
    audioDim: 4,
    learningRate: 3e-3,
    epochs: 30,
    seed: 0,
  };
  return { backbone, ...defaults, ...options };
}

/** A network of the backbone, for joined features. */
export function build(
  { backbone, backboneOptions, inputDim, audioDim }: Subject,
  config: Partial<BackboneConfig> = {},
): BackboneModel {
  return backbone.build({ ...backboneOptions, inputDim, audioDim, ...config });
}

export const layoutOf = (model: BackboneModel): BatchLayout => model.batches ?? plainLayout;

/** Rows of a bag. */
export const cropsOf = (model: BackboneModel): number => (layoutOf(model).crops === 'together' ? 2 : 1);

/**
 * Parameters such as training may lead to: the initial ones with noise, since what starts at 0 hides what comes behind
 * it. Buffers stay as they are.
 */
export function lively(model: BackboneModel, seed: number): Weights {
  const entries = Object.entries(model.init(seed)).map(([name, { shape, data }]): [string, WeightArray] => {
    if (model.parameters[name]?.buffer) return [name, { shape, data }];
    const rng = createRng(deriveSeed(seed, 'lively', name));
    const square = data.reduce((sum, value) => sum + value * value, 0) / Math.max(1, data.length);
    const deviation = 0.2 * (Math.sqrt(square) || 0.5);
    return [name, { shape, data: data.map((value) => value + deviation * rng.normal()) }];
  });
  return Object.fromEntries(entries);
}

/** What stands in a bag. */
export interface Bag {
  /** Snippets; 0 for a bag that fills up a batch. */
  length: number;
  seed: number;
}

/** Noise as a recording may have it: from 7 snippets on, one is repeated and one is all 0. */
function snippets({ length, seed }: Bag, dim: number, crop: number, scale: number): Float32Array {
  const rng = createRng(deriveSeed(seed, 'snippets', crop));
  const data = Float32Array.from({ length: length * dim }, () => scale * rng.normal());
  if (length >= 7) data.copyWithin(3 * dim, 2 * dim, 3 * dim).fill(0, 5 * dim, 6 * dim);
  return data;
}

/**
 * Bags as a training batch of the network. Labels are 0, 1, 0, 1, …; with halves those of the first half 0, of the second
 * 1.
 * @param options.length - T; default that of the longest bag
 * @param options.scale - deviation of the features, default 1
 */
export function batchOf(
  model: BackboneModel,
  bags: readonly Bag[],
  options: { length?: number; scale?: number } = {},
): PassBatch & { labels: Float32Array } {
  const { length = Math.max(...bags.map((bag) => bag.length)), scale = 1 } = options;
  const dim = model.inputDim;
  const crops = cropsOf(model);
  const rows = bags.length * crops;
  const x = new Float32Array(rows * length * dim);
  const mask = new Float32Array(rows * length);
  for (const [i, bag] of bags.entries()) {
    for (let crop = 0; crop < crops; crop++) {
      const start = (i * crops + crop) * length;
      x.set(snippets(bag, dim, crop, scale), start * dim);
      mask.fill(1, start, start + bag.length);
    }
  }
  const { halves } = layoutOf(model);
  const labels = Float32Array.from(bags, (_, i) => (halves ? Number(2 * i >= bags.length) : i % 2));
  return { rows, length, x, mask, labels };
}

/** The values `[rows, T]` of the snippets of one bag, row after row. */
export function ofBag(
  model: BackboneModel,
  values: ArrayLike<number>,
  length: number,
  index: number,
  bag: Bag,
): number[] {
  const crops = cropsOf(model);
  return Array.from({ length: crops * bag.length }, (_, i) => {
    const row = index * crops + Math.floor(i / bag.length);
    return values[row * length + (i % bag.length)]!;
  });
}

/** A check of the suite. */
export interface Check {
  name: string;
  run(subject: Subject): void | Promise<void>;
}
