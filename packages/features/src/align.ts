import { type FeatureSequence, parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { HOP_SECONDS } from './grid.js';

/** Options of {@link alignModalities}. */
export interface AlignOptions {
  /**
   * `strict`: lengths must be equal. `trim`: both are cut to the shorter one. `resample`: audio rows are taken at the
   * nearest place of the visual grid, which stays as it is.
   */
  policy: 'strict' | 'trim' | 'resample';
  /** Seconds from a visual row to the next; default 2/3. */
  visualHopSeconds?: number;
  /** Seconds from an audio row to the next; default 2/3. */
  audioHopSeconds?: number;
}

/** Two sequences with one row a snippet each. */
export interface AlignedModalities {
  visual: FeatureSequence;
  audio: FeatureSequence;
}

const OptionsSchema = z.strictObject({
  policy: z.enum(['strict', 'trim', 'resample']),
  visualHopSeconds: z.number().positive().default(HOP_SECONDS),
  audioHopSeconds: z.number().positive().default(HOP_SECONDS),
});

/**
 * Gives visual and audio rows of one recording the same length, so that row k of both covers the same time.
 *
 * `resample` takes, for the visual row k, the audio row whose middle is nearest to the middle of row k in time
 * (the last one beyond the end): the policy for sound of another hop, such as the 0.96 s of plain VGGish.
 * @throws LENGTH_MISMATCH (`strict`, and `trim` with different hops) naming both lengths and hops; EMPTY_INPUT for a
 *   sequence without rows; BAD_INPUT for a swapped or malformed sequence; BAD_OPTION
 */
export function alignModalities(
  visual: FeatureSequence,
  audio: FeatureSequence,
  options: AlignOptions,
): AlignedModalities {
  const { policy, visualHopSeconds, audioHopSeconds } = parseOptions(
    OptionsSchema,
    options,
    'alignModalities',
  );
  checkSequence(visual, 'visual');
  checkSequence(audio, 'audio');
  const sameHop = Math.abs(visualHopSeconds - audioHopSeconds) < 1e-9;
  if (sameHop && visual.length === audio.length) return { visual, audio };
  if (policy === 'resample') {
    const row = (k: number) => Math.floor(((k + 0.5) * visualHopSeconds) / audioHopSeconds + 1e-9);
    return { visual, audio: takeRows(audio, visual.length, (k) => Math.min(audio.length - 1, row(k))) };
  }
  if (policy === 'trim' && sameHop) {
    const length = Math.min(visual.length, audio.length);
    return { visual: takeRows(visual, length, (k) => k), audio: takeRows(audio, length, (k) => k) };
  }
  const about = (sequence: FeatureSequence, hop: number) =>
    `${sequence.length} ${sequence.modality} rows of ${Number(hop.toFixed(4))} s`;
  throw new RobustaError(
    'LENGTH_MISMATCH',
    `${about(visual, visualHopSeconds)} do not match ${about(audio, audioHopSeconds)}`,
    {
      hint: sameHop
        ? 'extract the audio with { snippets } of the video, or align with the policy "trim"'
        : 'rows of different hops need the policy "resample"',
      details: { visual: visual.length, audio: audio.length, visualHopSeconds, audioHopSeconds },
    },
  );
}

function takeRows(sequence: FeatureSequence, length: number, from: (k: number) => number): FeatureSequence {
  const size = sequence.crops * sequence.dim;
  const data = new Float32Array(length * size);
  for (let k = 0; k < length; k++) {
    const start = from(k) * size;
    data.set(sequence.data.subarray(start, start + size), k * size);
  }
  return { ...sequence, length, data };
}

/** @throws BAD_INPUT unless the parts of a sequence fit together; EMPTY_INPUT without rows */
export function checkSequence(sequence: FeatureSequence, modality?: 'visual' | 'audio'): void {
  const { length, crops, dim, data } = sequence;
  const name = modality ?? sequence.modality;
  if (modality && sequence.modality !== modality) {
    throw new RobustaError(
      'BAD_INPUT',
      `expected ${modality} features, received ${sequence.modality} features`,
      {
        hint: 'check the order of the arguments',
      },
    );
  }
  if (length === 0) throw new RobustaError('EMPTY_INPUT', `the ${name} features have no rows`);
  if (![length, crops, dim].every((n) => Number.isSafeInteger(n) && n > 0)) {
    throw new RobustaError('BAD_INPUT', `the shape of the ${name} features is [${length}, ${crops}, ${dim}]`);
  }
  if (data.length !== length * crops * dim) {
    throw new RobustaError(
      'BAD_INPUT',
      `the ${name} features hold ${data.length} numbers, [${length}, ${crops}, ${dim}] needs ${length * crops * dim}`,
    );
  }
}
