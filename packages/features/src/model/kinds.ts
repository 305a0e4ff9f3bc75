/** Networks that models are imported for. */
export const MODEL_KINDS = ['i3d-resnet50', 'i3d-inception', 'vggish'] as const;

/** The name of a network. */
export type ModelKind = (typeof MODEL_KINDS)[number];

/** What a network takes and gives. */
export interface ModelShape {
  /** Shape of one item of a batch: `[3, frames, height, width]` of a clip, `[1, 96, 64]` of a log-mel patch. */
  item: readonly number[];
  /** Width of a feature. */
  dim: number;
}

/** Shapes as the paper extracts: clips of 16 frames of 224 x 224, patches of 0.96 s. */
export const MODEL_SHAPES: Readonly<Record<ModelKind, ModelShape>> = {
  'i3d-resnet50': { item: [3, 16, 224, 224], dim: 2048 },
  'i3d-inception': { item: [3, 16, 224, 224], dim: 1024 },
  vggish: { item: [1, 96, 64], dim: 128 },
};

/** Names of a graph's input and output, and of the first dimension of both. */
export const [INPUT, OUTPUT, BATCH] = ['input', 'feature', 'batch'] as const;
