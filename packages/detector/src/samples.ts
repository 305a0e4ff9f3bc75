import { createRng, deriveSeed } from '@robusta/core';
import type { FeatureShape, Fusion, TrainingVideo } from './data.js';
import { uniformIndices } from './sampling.js';
import { copyRow, type Scaling } from './scaling.js';

/** What stands at one place of a training batch. */
export interface Sample {
  video: TrainingVideo;
  /** Visual crop; audio has no crops and is the same for each. */
  crop: number;
  kind: 'visual' | 'audio' | 'joint';
}

/**
 * All samples of an epoch in data order. `concat`: (video, crop). `shared`: (video, crop, modality), so that both
 * modalities have the same weight and an epoch visits each once.
 */
export function samplesOf(videos: readonly TrainingVideo[], fusion: Fusion, shape: FeatureShape): Sample[] {
  const crops = shape.visual?.crops ?? 1;
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
export function shuffled(samples: readonly Sample[], seed: number, epoch: number): Sample[] {
  const rng = createRng(deriveSeed(seed, 'order', epoch));
  const order = [...samples];
  for (let i = order.length - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Snippets of the longest sample, but not more than `maxLength`: the length of every training batch. */
export function batchLength(videos: readonly TrainingVideo[], maxLength: number): number {
  let longest = 1;
  for (const { visual, audio } of videos)
    longest = Math.max(longest, visual?.length ?? 0, audio?.length ?? 0);
  return Math.min(longest, maxLength);
}

/** Arrays that one step is fed with. */
export interface Batch {
  /** `[B]` */
  labels: Float32Array;
  /** `[B, T]` */
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

  constructor(
    fusion: Fusion,
    private readonly shape: FeatureShape,
    private readonly scalings: Scalings,
    private readonly batchSize: number,
    private readonly length: number,
  ) {
    const rows = batchSize * length;
    const visual = shape.visual?.dim ?? 0;
    const audio = shape.audio?.dim ?? 0;
    const sizes =
      fusion === 'concat'
        ? [rows * (visual + audio)]
        : audio
          ? [rows * visual, rows * audio, batchSize]
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
    for (const [place, { video, crop, kind }] of samples.entries()) {
      labels[place] = video.label;
      if (kind === 'joint') {
        this.copy(video, 'visual', crop, place, features[0]!, 0);
        this.copy(video, 'audio', 0, place, features[0]!, this.shape.visual?.dim ?? 0);
      } else if (kind === 'visual') this.copy(video, 'visual', crop, place, features[0]!, 0);
      else {
        this.copy(video, 'audio', 0, place, features[1]!, 0);
        features[2]![place] = 1;
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
    const { length, crops, dim, data } = sequence;
    const width = target.length / (this.batchSize * this.length);
    const count = Math.min(length, this.length);
    const rows = length > count ? uniformIndices(length, count) : undefined;
    for (let t = 0; t < count; t++) {
      const start = ((rows ? rows[t]! : t) * crops + crop) * dim;
      const row = place * this.length + t;
      copyRow(data, start, dim, target, row * width + column, this.scalings[modality]);
      this.batch.mask[row] = 1;
    }
  }
}
