import type { Modality } from '@robusta/core';
import { modalities } from '../data.js';
import type { ScoreKind, ScoringModel } from '../scoring.js';

/** Where the features of one modality come from. */
export interface StreamInput {
  modality: Modality;
  /** Values of a snippet. */
  width: number;
  /** Stands for the features of a snippet that has none. Without it there is no score of such a snippet. */
  filler?: Float32Array;
}

/** One kind of score and what it is computed from. */
export interface StreamKind {
  kind: ScoreKind;
  inputs: StreamInput[];
}

/** The scores that a detector has of a snippet. */
export function streamKinds({ network: { fusion, shape }, scalings }: ScoringModel): StreamKind[] {
  const inputs = modalities.flatMap((modality): StreamInput[] => {
    if (!shape[modality]) return [];
    const { crops, dim } = shape[modality];
    const width = crops * dim;
    if (fusion !== 'concat') return [{ modality, width }];
    // Scaled, the mean of the training data is exactly 0.
    const filler = new Float32Array(width);
    const mean = scalings[modality]?.mean;
    if (mean) for (let crop = 0; crop < crops; crop++) filler.set(mean, crop * dim);
    return [{ modality, width, filler }];
  });
  if (fusion === 'concat') return [{ kind: 'joint', inputs }];
  return inputs.map((input) => ({ kind: input.modality, inputs: [input] }));
}
