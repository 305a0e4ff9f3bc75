import type { Modality } from '@robusta/core';
import type { BatchLayout } from './backbone.js';
import type { FeatureShape, Fusion } from './data.js';
import { type RowTarget, RowWriter, rowPlan } from './rows.js';
import { cropsTogether, type Sample } from './samples.js';
import type { Scalings } from './scaling.js';
import { isStored } from './stored.js';

/** What the batches of a training look like. */
export interface BatchSpec {
  fusion: Fusion;
  shape: FeatureShape;
  scalings: Scalings;
  /** B, bags. */
  batchSize: number;
  /** L, rows of a sequence. */
  length: number;
  layout: BatchLayout;
}

/** Arrays that one step is fed with; features and mask have B·crops rows where a bag has all crops. */
export interface Batch {
  /** `[B]` */
  labels: Float32Array;
  /** `[B·crops, L]` */
  mask: Float32Array;
  /** `concat`: joined features. `shared` and `padding`: visual, audio, is-audio. */
  features: Float32Array[];
}

export function emptyBatch({ fusion, shape, batchSize, length, layout }: BatchSpec): Batch {
  const places = batchSize * cropsTogether(shape, layout);
  const rows = places * length;
  const visual = shape.visual?.dim ?? 0;
  const audio = shape.audio?.dim ?? 0;
  const sizes =
    fusion === 'concat'
      ? [rows * (visual + audio)]
      : audio
        ? [rows * visual, rows * audio, places]
        : [rows * visual];
  return {
    labels: new Float32Array(batchSize),
    mask: new Float32Array(rows),
    features: sizes.map((size) => new Float32Array(size)),
  };
}

/** The memory of a batch, which can go from thread to thread without a copy. */
export const memoryOf = ({ labels, mask, features }: Batch): ArrayBuffer[] =>
  [labels, mask, ...features].map(({ buffer }) => buffer as ArrayBuffer);

/** One crop of one modality of a sample, and the sequence of a batch that it becomes. */
export interface Placement {
  modality: Modality;
  crop: number;
  /** Number of the sequence in the batch. */
  place: number;
  /** Which array of features it is written to, from which column on. */
  array: number;
  column: number;
}

/** What a sample puts where, in a batch in which it is bag number `bag`. */
export function placementsOf(
  { shape, layout }: BatchSpec,
  { crop, kind }: Omit<Sample, 'video'>,
  bag: number,
): Placement[] {
  const crops = cropsTogether(shape, layout);
  return Array.from({ length: crops }, (_, c): Placement[] => {
    const place = bag * crops + c;
    const visual: Placement = { modality: 'visual', crop: crop + c, place, array: 0, column: 0 };
    const audio: Placement = { modality: 'audio', crop: 0, place, array: 1, column: 0 };
    if (kind === 'visual') return [visual];
    if (kind === 'audio') return [audio];
    return [visual, { ...audio, array: 0, column: shape.visual?.dim ?? 0 }];
  }).flat();
}

/** Empties a batch and writes what does not depend on features. */
export function prepareBatch(
  spec: BatchSpec,
  { labels, mask, features }: Batch,
  samples: readonly (Omit<Sample, 'video'> & { label: number })[],
): void {
  for (const array of [labels, mask, ...features]) array.fill(0);
  const crops = cropsTogether(spec.shape, spec.layout);
  for (const [bag, { kind, label }] of samples.entries()) {
    labels[bag] = label;
    if (kind === 'audio') features[2]!.fill(1, bag * crops, (bag + 1) * crops);
  }
}

/** Where the rows of a placement are in a batch. */
export function targetOf({ length }: BatchSpec, { mask, features }: Batch, placement: Placement): RowTarget {
  const data = features[placement.array]!;
  const width = data.length / mask.length;
  return { data, offset: placement.place * length * width + placement.column, width };
}

/** Marks the rows of a placement as snippets. */
export function markRows({ length }: BatchSpec, { mask }: Batch, { place }: Placement, rows: number): void {
  mask.fill(1, place * length, place * length + rows);
}

/** Fills batches with features that are in memory; every call writes into the same arrays. */
export class BatchFiller {
  readonly batch: Batch;

  constructor(private readonly spec: BatchSpec) {
    this.batch = emptyBatch(spec);
  }

  /** Samples that are missing at the end become bags without snippets, which do not count. */
  fill(samples: readonly Sample[]): Batch {
    const { spec, batch } = this;
    prepareBatch(
      spec,
      batch,
      samples.map((sample) => ({ ...sample, label: sample.video.label })),
    );
    placeInMemory(spec, batch, samples);
    return batch;
  }
}

/** Writes the features that are in memory into a prepared batch. */
export function placeInMemory(spec: BatchSpec, batch: Batch, samples: readonly Sample[]): void {
  for (const [bag, sample] of samples.entries()) {
    for (const placement of placementsOf(spec, sample, bag)) {
      const { modality, crop } = placement;
      const features = sample.video[modality];
      if (!features || isStored(features)) continue;
      const plan = rowPlan(features.length, spec.length, spec.layout.lengths);
      const target = targetOf(spec, batch, placement);
      new RowWriter(plan, crop, features.dim, spec.scalings[modality], target).add({ start: 0, ...features });
      markRows(spec, batch, placement, plan.first.length);
    }
  }
}
