import { z } from 'zod';
import { defineAudioCorruption } from './definition.js';
import { randomBlocks, randomSegments, type Segment, sampleGain, segmentGain } from './dropout-segments.js';
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
  apply(clip, options) {
    const { share } = physicalParameters('random-dropout', table, {
      severity: options.severity,
      share: options.share,
    });
    const { seed, unit } = options;
    const { length } = clip.channels[0]!;
    const samples = (ms: number) => Math.max(1, Math.round((ms * clip.sampleRate) / 1000));
    if (unit === 'samples') {
      const gain = sampleGain(seed, length, share);
      const silencedSamples = gain.reduce((count, value) => count + 1 - value, 0);
      return {
        channels: scaled(clip.channels, gain),
        parameters: { ...options, share },
        measured: { silencedSamples, segments: silencedSamples },
      };
    }
    const segments =
      unit === 'segments'
        ? randomSegments(seed, length, share, samples(options.minMs), samples(options.maxMs))
        : randomBlocks(seed, length, share, samples(options.frameMs));
    const silencedSamples = segments.reduce((sum, [, own]) => sum + own, 0);
    // A share of 1 is silence from end to end.
    const fade = silencedSamples === length ? 0 : Math.round((options.fadeMs * clip.sampleRate) / 1000);
    return {
      channels: silence(clip.channels, segments, fade),
      parameters: { ...options, share },
      measured: { silencedSamples, segments: segments.length },
    };
  },
});

/** Multiplies every channel by {@link segmentGain}. */
export function silence(
  channels: readonly Float32Array[],
  segments: readonly Segment[],
  fade: number,
): Float32Array[] {
  return scaled(channels, segmentGain(channels[0]!.length, segments, fade));
}

function scaled(channels: readonly Float32Array[], gain: Float32Array): Float32Array[] {
  return channels.map((samples) => samples.map((sample, i) => sample * gain[i]!));
}
