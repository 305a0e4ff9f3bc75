import { RobustaError } from '@robusta/core';
import { z } from 'zod';

/** Checks an AbortSignal by its shape, so that one from another realm passes. */
export const Signal = z.custom<AbortSignal>(
  (value) => typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value,
  'expected an AbortSignal',
);

/** Checks a function that is called with a value. */
export const callback = <T>() =>
  z.custom<(value: T) => void>((value) => typeof value === 'function', 'expected a function');

/** Where an extraction stands. */
export interface ExtractionProgress {
  /** Rows done. */
  snippets: number;
  /** Seconds of the recording done. */
  seconds: number;
}

/** What became of the frames of a video. */
export interface VisualReport {
  /** Frames read, at 24 fps. */
  frames: number;
  /** Frames at the end that no row covers. */
  droppedFrames: number;
  /** True when the video had fewer than 16 frames and was repeated from its start. */
  looped: boolean;
}

/** What became of the samples of a recording. */
export interface AudioReport {
  /** Samples read, at 16 kHz. */
  samples: number;
  /** Samples after the end of the last snippet. */
  droppedSamples: number;
  /** Samples of silence added so that the sound reaches the end of the last snippet. */
  paddedSamples: number;
}

/** @throws BAD_OPTION listing the kinds that exist */
export function requireKind(what: string, kind: unknown, kinds: readonly string[]): void {
  if (kinds.includes(kind as string)) return;
  throw new RobustaError(
    'BAD_OPTION',
    `${what}: kind must be ${kinds.map((name) => `"${name}"`).join(', ')}, received ${JSON.stringify(kind)}`,
    { hint: '"lite" needs no weights', details: { kinds } },
  );
}

export const VisualExtractSchema = z.strictObject({
  signal: Signal.optional(),
  onProgress: callback<ExtractionProgress>().optional(),
  onReport: callback<VisualReport>().optional(),
});

export const AudioExtractSchema = z.strictObject({
  snippets: z.number().int().min(1).optional(),
  signal: Signal.optional(),
  onProgress: callback<ExtractionProgress>().optional(),
  onReport: callback<AudioReport>().optional(),
});
