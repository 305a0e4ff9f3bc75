import { type AudioClip, deriveSeed, hash32, type Severity } from '@robusta/core';
import { z } from 'zod';
import type { AudioFormat } from './definition.js';
import { openMixture, type PeakPolicy } from './mix.js';
import { keptSources, type NoiseSource, type NoiseSynthesis } from './noise-source.js';
import { AudioClipSchema, audioOptionFields, physicalParameters, type SeverityTable } from './options.js';
import { noiseLoop } from './recording.js';
import { type Stage, stageForPasses } from './stage.js';

/** SNR in dB of the four additive noises. */
export const noiseSeverity: SeverityTable<'snrDb'> = {
  1: { snrDb: 20 },
  2: { snrDb: 15 },
  3: { snrDb: 10 },
  4: { snrDb: 5 },
  5: { snrDb: 0 },
};

/** The options of the four additive noises. */
export const noiseOptionFields = {
  ...audioOptionFields,
  snrDb: z.number().min(-100).max(200).optional().describe('signal-to-noise ratio, dB'),
  channels: z
    .enum(['same', 'independent'])
    .default('same')
    .describe('one noise for all channels, or one each'),
  peak: z.enum(['scale', 'clip', 'none']).default('scale').describe('what to do with sums beyond [-1, 1]'),
  floorDb: z
    .number()
    .min(-200)
    .max(0)
    .default(-60)
    .describe('level that a clip is taken to have at least, dBFS'),
  noise: AudioClipSchema.optional().describe('a recording in place of the synthesis'),
  noiseOffset: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('where the recording starts, samples at the clip rate'),
  assumeSampleRate: z.number().min(1000).max(192000).optional().describe('true rate of the recording, Hz'),
  loopFadeMs: z.number().min(0).max(10000).default(0).describe('cross-fade where the recording wraps around'),
};

interface NoiseOptions {
  severity?: Severity | undefined;
  seed: number;
  snrDb?: number | undefined;
  channels: 'same' | 'independent';
  peak: PeakPolicy;
  floorDb: number;
  noise?: AudioClip | undefined;
  noiseOffset?: number | undefined;
  assumeSampleRate?: number | undefined;
  loopFadeMs: number;
}

/** What a corruption does beside adding noise. */
export interface BesideNoise {
  /** Done to the signal first. */
  stage?: () => Stage;
  /** Further sound for the seed of a stream, at the gain of the noise. */
  extra?: NoiseSynthesis;
}

/**
 * Adds noise at an SNR, from the recording if one is given.
 * @param synthesize - makes the noise of a seed where there is no recording
 * @param result - for a sound in memory, the arrays of its result: the noise is made once for all passes, and waits there
 */
export function openNoise<Options extends NoiseOptions>(
  what: string,
  format: AudioFormat,
  options: Options,
  synthesize: NoiseSynthesis,
  result?: readonly Float32Array[],
  { stage, extra }: BesideNoise = {},
) {
  const { noise: recording, ...given } = options;
  const { snrDb } = physicalParameters(what, noiseSeverity, { severity: given.severity, snrDb: given.snrDb });
  const streams = Array.from({ length: given.channels === 'same' ? 1 : format.channels }, (_, c) => c);
  let noiseOffset: number | undefined;
  let make: () => NoiseSource[];
  if (recording) {
    const loop = noiseLoop(recording, format.sampleRate, given.assumeSampleRate, given.loopFadeMs);
    const drawn = Math.floor((loop.length * hash32(deriveSeed(given.seed, 'offset'), 0)) / 4294967296);
    const offset = (given.noiseOffset ?? drawn) % loop.length;
    noiseOffset = offset;
    // Independent channels read the loop at evenly spread places.
    make = () => streams.map((c) => loop.from(offset + Math.floor((c * loop.length) / streams.length)));
  } else {
    make = () => streams.map((c) => synthesize(deriveSeed(given.seed, 'noise', c), format.sampleRate));
  }
  const noise = result ? keptSources(make, result) : make;
  return openMixture(
    {
      snrDb,
      floorDb: given.floorDb,
      peak: given.peak,
      noise,
      isRecorded: recording !== undefined,
      ...(stage && { stage: stageForPasses(stage, result !== undefined) }),
      ...(extra && {
        extra: () => streams.map((c) => extra(deriveSeed(given.seed, 'extra', c), format.sampleRate)),
      }),
    },
    { ...given, snrDb, ...(noiseOffset === undefined ? {} : { noiseOffset }) },
  );
}
