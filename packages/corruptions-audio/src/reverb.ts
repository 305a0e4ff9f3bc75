import { type AudioClip, deriveSeed, hash32, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { checkClip, rms, sumOfSquares } from './clip.js';
import { createConvolver } from './convolve.js';
import { defineAudioCorruption } from './definition.js';
import { roomResponse } from './impulse-response.js';
import { AudioClipSchema, audioOptionFields, physicalParameters, type SeverityTable } from './options.js';
import { resample, resampledLength } from './resample.js';

const table: SeverityTable<'rt60Seconds' | 'drrDb'> = {
  1: { rt60Seconds: 0.3, drrDb: 6 },
  2: { rt60Seconds: 0.6, drrDb: 3 },
  3: { rt60Seconds: 1, drrDb: 0 },
  4: { rt60Seconds: 1.5, drrDb: -3 },
  5: { rt60Seconds: 2.5, drrDb: -6 },
};

/** Seconds; the transform of a response takes memory in proportion. */
const LONGEST_RESPONSE = 30;

/** Convolves with the response of a room: exponentially decaying noise, or a measured one. */
export const reverb = defineAudioCorruption({
  schema: z.strictObject({
    ...audioOptionFields,
    rt60Seconds: z.number().min(0.01).max(10).optional().describe('decay by 60 dB, s'),
    drrDb: z.number().min(-60).max(100).optional().describe('direct over reverberant energy, dB'),
    preDelayMs: z.number().min(0).max(1000).optional().describe('2 to 10 from the seed'),
    dampingHz: z.number().min(100).max(96000).optional().describe('above this the tail falls twice as fast'),
    level: z.enum(['rms', 'none']).default('rms').describe('keep the RMS of the clip, or add no gain'),
    ir: AudioClipSchema.optional().describe('a measured response: one channel, or as many as the clip'),
  }),
  severity: table,
  apply(clip, { ir, ...options }) {
    if (ir) {
      const responses = measuredResponses(ir, clip);
      const { channels, ...levels } = convolve(clip, responses, options.level);
      return {
        channels,
        parameters: options,
        measured: { ...levels, responseSamples: responses[0]!.length },
      };
    }
    const physical = physicalParameters('reverb', table, {
      severity: options.severity,
      rt60Seconds: options.rt60Seconds,
      drrDb: options.drrDb,
    });
    const drawn = 2 + (8 * hash32(deriveSeed(options.seed, 'pre-delay'), 0)) / 4294967296;
    const room = { ...physical, preDelayMs: options.preDelayMs ?? drawn };
    const response = roomResponse(options.seed, clip.sampleRate, { ...room, dampingHz: options.dampingHz });
    const { channels, ...levels } = convolve(clip, [response], options.level);
    return {
      channels,
      parameters: { ...options, ...room },
      measured: { ...levels, responseSamples: response.length },
    };
  },
});

/**
 * The first N samples of the convolution, with the RMS of the clip over all channels if asked for. Loud clips may
 * pass 1: `peak` says so.
 */
function convolve(clip: AudioClip, responses: readonly Float64Array[], level: 'rms' | 'none') {
  const length = clip.channels[0]!.length;
  const convolvers = responses.map((response) => createConvolver(response, length));
  const wet = clip.channels.map((samples, c) => convolvers[convolvers.length === 1 ? 0 : c]!(samples));
  const wetRms = rms(wet);
  const gain = level === 'rms' && wetRms > 0 ? rms(clip.channels) / wetRms : 1;
  let peak = 0;
  const channels = wet.map((samples) => {
    const result = new Float32Array(length);
    for (let i = 0; i < length; i++) {
      result[i] = samples[i]! * gain;
      peak = Math.max(peak, Math.abs(result[i]!));
    }
    return result;
  });
  return { channels, gain, peak };
}

/** A measured response at the clip's rate. */
function measuredResponses(ir: AudioClip, clip: AudioClip): Float64Array[] {
  checkClip(ir, 'ir', 1000);
  if (ir.channels.length !== 1 && ir.channels.length !== clip.channels.length) {
    throw new RobustaError(
      'BAD_INPUT',
      `ir has ${ir.channels.length} channels; the clip has ${clip.channels.length}`,
      { hint: 'give a response of one channel, or of as many as the clip' },
    );
  }
  return ir.channels.map((samples, c) => {
    if (sumOfSquares(samples) === 0) {
      throw new RobustaError('BAD_INPUT', `ir: channel ${c} is ${samples.length === 0 ? 'empty' : 'silent'}`);
    }
    if (samples.length > LONGEST_RESPONSE * ir.sampleRate) {
      const seconds = samples.length / ir.sampleRate;
      throw new RobustaError('BAD_INPUT', `ir: ${seconds.toFixed(1)} s long; at most ${LONGEST_RESPONSE} s`);
    }
    const count = resampledLength(samples.length, ir.sampleRate, clip.sampleRate);
    // Resampling keeps the height of samples; a filter's gain is their sum.
    const gain = ir.sampleRate / clip.sampleRate;
    const resampled = resample(samples, ir.sampleRate, clip.sampleRate, 0, Math.max(1, count));
    return Float64Array.from(resampled, (sample) => sample * gain);
  });
}
