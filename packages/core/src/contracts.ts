import { z } from 'zod';

/** One RGB24 picture. */
export interface Frame {
  /** Pixels in a row. */
  width: number;
  /** Rows. */
  height: number;
  /** Bytes R, G, B of each pixel, row-major, length `width * height * 3`. */
  data: Uint8Array;
}

/** A piece of sound as PCM. */
export interface AudioClip {
  /** Samples per second of each channel (Hz). */
  sampleRate: number;
  /** One array a channel, all of one length, samples in [-1, 1]. */
  channels: Float32Array[];
}

/** The two senses of an audio-visual recording. */
export type Modality = 'visual' | 'audio';

/** The features of one recording in one modality: a row for each 16-frame snippet at 24 fps. */
export interface FeatureSequence {
  modality: Modality;
  /** T, the number of snippets. */
  length: number;
  /** Spatial crops of each snippet; 1 for sound. */
  crops: number;
  /** D, the width of a feature vector. */
  dim: number;
  /** Values `[length, crops, dim]`, row-major. */
  data: Float32Array;
}

/** Strength of a corruption, 1 (weak) to 5 (strong). "Clean" is not a severity. */
export type Severity = 1 | 2 | 3 | 4 | 5;

/** Checks a {@link Severity}; 0, 6, 2.5 and "3" are refused. */
export const SeveritySchema = z.union(
  [z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)],
  {
    error: (issue) => `severity must be 1, 2, 3, 4 or 5, received ${JSON.stringify(issue.input)}`,
  },
);
