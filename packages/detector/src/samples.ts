import { createRng, deriveSeed, type FeatureSequence } from '@robusta/core';
import type { BatchLayout } from './backbone.js';
import type { FeatureShape, Fusion, TrainingVideo } from './data.js';
import { segmentEdges, uniformIndices } from './sampling.js';
import { copyMean, copyRow, type Scaling } from './scaling.js';

/** What stands at one place of a training batch. */
export interface Sample {
  video: TrainingVideo;
  /** Visual crop, the first where all are together; audio has no crops and is the same for each. */
  crop: number;
  kind: 'visual' | 'audio' | 'joint';
}

/** What a backbone is trained on that has no wishes. */
export const plainLayout: BatchLayout = { crops: 'apart', halves: false, lengths: 'sample' };

/** Rows of a batch that one bag takes. */
export function cropsTogether(shape: FeatureShape, { crops }: BatchLayout): number {
  return crops === 'together' ? (shape.visual?.crops ?? 1) : 1;
}

/**
 * All samples of an epoch in data order. `concat`: (video, crop). `shared`: (video, crop, modality), so that both
 * modalities have the same weight and an epoch visits each once.
 */
export function samplesOf(
  videos: readonly TrainingVideo[],
  fusion: Fusion,
  shape: FeatureShape,
  layout = plainLayout,
): Sample[] {
  const crops = (shape.visual?.crops ?? 1) / cropsTogether(shape, layout);
  const samples: Sample[] = [];
  for (const video of videos) {
    for (let crop = 0; crop < crops; crop++) {
      if (fusion === 'concat') samples.push({ video, crop, kind: 'joint' });
      else {
        if (video.visual) samples.push({ video, crop, kind: 'visual' });
        if (video.audio) samples.push({ video, crop, kind: 'audio' });
      }
    }
  }
  return samples;
}

/** The samples in the order of an epoch: a Fisher-Yates shuffle that depends on seed and epoch alone. */
export function shuffled(samples: readonly Sample[], seed: number, epoch: number | string): Sample[] {
  const rng = createRng(deriveSeed(seed, 'order', epoch));
  const order = [...samples];
  for (let i = order.length - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/**
 * The length of every training batch: of the longest sample, but not more than `maxLength`; exactly that where
 * sequences are averaged into segments.
 */
export function batchLength(
  videos: readonly TrainingVideo[],
  maxLength: number,
  { lengths }: BatchLayout,
): number {
  if (lengths === 'segments') return maxLength;
  let longest = 1;
  for (const { visual, audio } of videos)
    longest = Math.max(longest, visual?.length ?? 0, audio?.length ?? 0);
  return Math.min(longest, maxLength);
}

/** Arrays that one step is fed with; features and mask have B·crops rows where a bag has all crops. */
export interface Batch {
  /** `[B]` */
  labels: Float32Array;
  /** `[B·crops, T]` */
  mask: Float32Array;
  /** `concat`: joined features. `shared`: visual, audio, is-audio. */
  features: Float32Array[];
}

/** Standardization by modality; without an entry features are taken as they are. */
export interface Scalings {
  visual?: Scaling;
  audio?: Scaling;
}

/** Fills batches of one size; every call writes into the same arrays. */
export class BatchFiller {
  readonly batch: Batch;
  /** Rows of a bag. */
  private readonly crops: number;
  /** Rows of a batch. */
  private readonly places: number;

  constructor(
    fusion: Fusion,
    private readonly shape: FeatureShape,
    private readonly scalings: Scalings,
    batchSize: number,
    private readonly length: number,
    private readonly layout: BatchLayout = plainLayout,
  ) {
    this.crops = cropsTogether(shape, layout);
    this.places = batchSize * this.crops;
    const rows = this.places * length;
    const visual = shape.visual?.dim ?? 0;
    const audio = shape.audio?.dim ?? 0;
    const sizes =
      fusion === 'concat'
        ? [rows * (visual + audio)]
        : audio
          ? [rows * visual, rows * audio, this.places]
          : [rows * visual];
    this.batch = {
      labels: new Float32Array(batchSize),
      mask: new Float32Array(rows),
      features: sizes.map((size) => new Float32Array(size)),
    };
  }

  /** Samples that are missing at the end become bags without snippets, which do not count. */
  fill(samples: readonly Sample[]): Batch {
    const { labels, mask, features } = this.batch;
    labels.fill(0);
    mask.fill(0);
    for (const array of features) array.fill(0);
    for (const [bag, { video, crop, kind }] of samples.entries()) {
      labels[bag] = video.label;
      for (let c = 0; c < this.crops; c++) {
        const place = bag * this.crops + c;
        if (kind === 'joint') {
          this.copy(video, 'visual', crop + c, place, features[0]!, 0);
          this.copy(video, 'audio', 0, place, features[0]!, this.shape.visual?.dim ?? 0);
        } else if (kind === 'visual') this.copy(video, 'visual', crop + c, place, features[0]!, 0);
        else {
          this.copy(video, 'audio', 0, place, features[1]!, 0);
          features[2]![place] = 1;
        }
      }
    }
    return this.batch;
  }

  private copy(
    video: TrainingVideo,
    modality: 'visual' | 'audio',
    crop: number,
    place: number,
    target: Float32Array,
    column: number,
  ): void {
    const sequence = video[modality];
    if (!sequence) return;
    const width = target.length / (this.places * this.length);
    const offset = place * this.length * width + column;
    const count = this.copyRows(sequence, crop, target, offset, width, this.scalings[modality]);
    this.batch.mask.fill(1, place * this.length, place * this.length + count);
  }

  /**
   * Writes the snippets of one crop below each other, `width` apart.
   * @returns how many there are
   */
  private copyRows(
    { length, crops, dim, data }: FeatureSequence,
    crop: number,
    target: Float32Array,
    offset: number,
    width: number,
    scaling: Scaling | undefined,
  ): number {
    const start = (row: number) => (row * crops + crop) * dim;
    if (this.layout.lengths === 'segments') {
      const edges = segmentEdges(length, this.length);
      for (let t = 0; t < this.length; t++) {
        const count = Math.max(1, edges[t + 1]! - edges[t]!);
        const at = offset + t * width;
        if (count === 1) copyRow(data, start(edges[t]!), dim, target, at, scaling);
        else copyMean(data, start(edges[t]!), crops * dim, count, dim, target, at, scaling);
      }
      return this.length;
    }
    const count = Math.min(length, this.length);
    const rows = length > count ? uniformIndices(length, count) : undefined;
    for (let t = 0; t < count; t++) {
      copyRow(data, start(rows ? rows[t]! : t), dim, target, offset + t * width, scaling);
    }
    return count;
  }
}
