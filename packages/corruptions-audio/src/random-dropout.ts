import { z } from 'zod';
import { type AudioStream, defineAudioCorruption, type LevelPass } from './definition.js';
import {
  createSegmentGain,
  randomBlocks,
  randomSegments,
  type Segment,
  sampleGain,
} from './dropout-segments.js';
import type { AudioLevel } from './level.js';
import { audioOptionFields, physicalParameters, type SeverityTable } from './options.js';

const table: SeverityTable<'share'> = {
  1: { share: 0.05 },
  2: { share: 0.1 },
  3: { share: 0.2 },
  4: { share: 0.35 },
  5: { share: 0.5 },
};

/** Silences a share of the time, the same places in all channels. */
export const randomDropout = defineAudioCorruption({
  schema: z
    .strictObject({
      ...audioOptionFields,
      share: z.number().min(0).max(1).optional().describe('share of the time that is silenced'),
      unit: z.enum(['segments', 'frames', 'samples']).default('segments').describe('what is lost'),
      fadeMs: z.number().min(0).max(1000).default(5).describe('raised-cosine fade inside each lost piece'),
      minMs: z.number().min(0).max(60000).default(20).describe('shortest segment'),
      maxMs: z.number().min(0).max(60000).default(200).describe('longest segment'),
      frameMs: z.number().positive().max(60000).default(20).describe('length of a frame'),
    })
    .refine(({ minMs, maxMs }) => minMs <= maxMs, { path: ['minMs'], error: 'must not exceed maxMs' }),
  severity: table,
  open({ sampleRate }, options) {
    const { share } = physicalParameters('random-dropout', table, {
      severity: options.severity,
      share: options.share,
    });
    const { seed, unit } = options;
    const samples = (ms: number) => Math.max(1, Math.round((ms * sampleRate) / 1000));
    return {
      parameters: { ...options, share },
      levelPass(level) {
        // Segments and frames end with the sound.
        return unit === 'samples' || level.samples !== undefined ? undefined : counting(level);
      },
      start({ samples: length = 0 }) {
        if (unit === 'samples') return dropSamples(seed, share);
        const segments =
          unit === 'segments'
            ? randomSegments(seed, length, share, samples(options.minMs), samples(options.maxMs))
            : randomBlocks(seed, length, share, samples(options.frameMs));
        return dropSegments(segments, length, Math.round((options.fadeMs * sampleRate) / 1000));
      },
    };
  },
});

/** What dropout measures. */
export interface DropoutMeasurement {
  /** Samples of a channel inside lost pieces, fades included. */
  silencedSamples: number;
  /** Number of pieces that do not touch. */
  segments: number;
}

function counting(level: AudioLevel): LevelPass {
  let samples = 0;
  return {
    add: (channels) => {
      samples += channels[0]!.length;
    },
    finish: () => ({ ...level, samples }),
  };
}

function dropSegments(
  segments: readonly Segment[],
  length: number,
  fade: number,
): AudioStream<DropoutMeasurement> {
  const silencedSamples = segments.reduce((sum, [, own]) => sum + own, 0);
  const gain = createSegmentGain(length, segments, silencedSamples === length ? 0 : fade);
  return {
    process: (channels, into) => scaled(channels, gain(channels[0]!.length), into),
    flush: () => [],
    measured: () => ({ silencedSamples, segments: segments.length }),
  };
}

function dropSamples(seed: number, share: number): AudioStream<DropoutMeasurement> {
  let at = 0;
  let lost = 0;
  return {
    process(channels, into) {
      const { length } = channels[0]!;
      const gain = sampleGain(seed, length, share, at);
      at += length;
      for (let i = 0; i < length; i++) lost += 1 - gain[i]!;
      return scaled(channels, gain, into);
    },
    flush: () => [],
    measured: () => ({ silencedSamples: lost, segments: lost }),
  };
}

function scaled(
  channels: readonly Float32Array[],
  gain: Float32Array,
  into: readonly Float32Array[] | undefined,
): Float32Array[] {
  return channels.map((samples, c) => {
    const result = into?.[c]?.subarray(0, samples.length) ?? new Float32Array(samples.length);
    for (let i = 0; i < result.length; i++) result[i] = samples[i]! * gain[i]!;
    return result;
  });
}
