import { type Modality, RobustaError } from '@robusta/core';
import { type FeatureShape, modalities } from '../data.js';

/** Features of one snippet of a stream; at least one modality. */
export interface StreamSnippet {
  /** `[crops · D]`, crop by crop. */
  visual?: Float32Array | undefined;
  /** `[D]` */
  audio?: Float32Array | undefined;
}

/**
 * Checks a snippet against the widths of a detector.
 * @throws MISSING_MODALITY; BAD_INPUT; FEATURE_MISMATCH naming both widths; NON_FINITE naming crop and feature
 */
export function checkSnippet(snippet: StreamSnippet, shape: FeatureShape): void {
  if (typeof snippet !== 'object' || snippet === null) {
    throw new RobustaError('BAD_INPUT', `push: expected { visual, audio }, received ${snippet}`);
  }
  if (!snippet.visual && !snippet.audio) {
    throw new RobustaError('MISSING_MODALITY', 'push: the snippet has neither visual nor audio features', {
      hint: 'where a recording has a gap, call flush() and go on after it',
    });
  }
  for (const modality of modalities) {
    const row = snippet[modality];
    if (row) checkRow(row, modality, shape);
  }
}

function checkRow(row: Float32Array, modality: Modality, shape: FeatureShape): void {
  const what = `push, ${modality} features`;
  if (!(row instanceof Float32Array)) {
    throw new RobustaError('BAD_INPUT', `${what}: must be a Float32Array`);
  }
  const expected = shape[modality];
  if (!expected) {
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `${what}: the detector was trained without ${modality} features`,
    );
  }
  const { crops, dim } = expected;
  if (row.length !== crops * dim) {
    throw new RobustaError(
      'FEATURE_MISMATCH',
      `${what}: a snippet has ${row.length} values, expected crops × dim = ${crops} × ${dim}`,
      { hint: 'use the extractor that the detector was trained with', details: { length: row.length } },
    );
  }
  for (let i = 0; i < row.length; i++) {
    if (Number.isFinite(row[i])) continue;
    throw new RobustaError(
      'NON_FINITE',
      `${what}: crop ${Math.floor(i / dim)}, feature ${i % dim} is ${row[i]}`,
      { hint: 'leave out the modality for this snippet' },
    );
  }
}
