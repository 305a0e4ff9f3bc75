import { type AudioClip, deriveSeed, hash32, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { checkClip, sumOfSquares } from './clip.js';
import { createConvolver } from './convolve.js';
import { type AudioFormat, defineAudioCorruption, type OpenedCorruption } from './definition.js';
import { roomResponse } from './impulse-response.js';
import { createLevelMeter } from './level.js';
import { AudioClipSchema, audioOptionFields, physicalParameters, type SeverityTable } from './options.js';
import { resample, resampledLength } from './resample.js';
import { shoeboxResponse } from './shoebox.js';
import { stageForPasses } from './stage.js';

const table: SeverityTable<'rt60Seconds' | 'drrDb'> = {
  1: { rt60Seconds: 0.3, drrDb: 6 },
  2: { rt60Seconds: 0.6, drrDb: 3 },
  3: { rt60Seconds: 1, drrDb: 0 },
  4: { rt60Seconds: 1.5, drrDb: -3 },
  5: { rt60Seconds: 2.5, drrDb: -6 },
};

/** A living room, m. */
const SHOEBOX: [number, number, number] = [7, 5, 3];

/** Seconds; the transform of a response takes memory in proportion. */
const LONGEST_RESPONSE = 30;

/** What reverb measures. */
export interface ReverbMeasurement {
  /** The factor that keeps the level. */
  gain: number;
  /** The largest absolute value of the result. */
  peak: number;
  /** Samples of the response. */
  responseSamples: number;
}

/** Convolves with the response of a room: exponentially decaying noise, a shoebox of image sources, or a measured one. */
export const reverb = defineAudioCorruption({
  schema: z.strictObject({
    ...audioOptionFields,
    mode: z
      .enum(['noise', 'room'])
      .default('noise')
      .describe('decaying noise, or image sources in a shoebox'),
    roomMetres: z
      .tuple([z.number().min(1).max(100), z.number().min(1).max(100), z.number().min(1).max(100)])
      .optional()
      .describe('width, depth and height in mode room, default [7, 5, 3]'),
    rt60Seconds: z.number().min(0.01).max(10).optional().describe('decay by 60 dB, s'),
    drrDb: z.number().min(-60).max(100).optional().describe('direct over reverberant energy, dB'),
    preDelayMs: z.number().min(0).max(1000).optional().describe('2 to 10 from the seed'),
    dampingHz: z.number().min(100).max(96000).optional().describe('above this the tail falls twice as fast'),
    level: z.enum(['rms', 'none']).default('rms').describe('keep the RMS of the clip, or add no gain'),
    ir: AudioClipSchema.optional().describe('a measured response: one channel, or as many as the clip'),
  }),
  severity: table,
  open(format, { ir, ...options }, result) {
    if (ir) return openConvolution(measuredResponses(ir, format), format, options, result);
    const physical = physicalParameters('reverb', table, {
      severity: options.severity,
      rt60Seconds: options.rt60Seconds,
      drrDb: options.drrDb,
    });
    if (options.mode === 'room') {
      if (options.preDelayMs !== undefined || options.dampingHz !== undefined) {
        throw new RobustaError('BAD_OPTION', "reverb: preDelayMs and dampingHz belong to mode 'noise'", {
          hint: "in mode 'room' the walls decide when echoes come; leave them out",
        });
      }
      const room = { ...physical, roomMetres: options.roomMetres ?? SHOEBOX };
      const response = shoeboxResponse(options.seed, format.sampleRate, room);
      return openConvolution([response], format, { ...options, ...room }, result);
    }
    if (options.roomMetres !== undefined) {
      throw new RobustaError('BAD_OPTION', "reverb: roomMetres belongs to mode 'room'");
    }
    const drawn = 2 + (8 * hash32(deriveSeed(options.seed, 'pre-delay'), 0)) / 4294967296;
    const room = { ...physical, preDelayMs: options.preDelayMs ?? drawn };
    const response = roomResponse(options.seed, format.sampleRate, { ...room, dampingHz: options.dampingHz });
    return openConvolution([response], format, { ...options, ...room }, result);
  },
});

/**
 * The first N samples of the convolution, with the RMS of the clip over all channels if asked for. Loud clips may
 * pass 1: `peak` says so.
 */
function openConvolution<Parameters extends { level: 'rms' | 'none' }>(
  responses: readonly Float64Array[],
  format: AudioFormat,
  parameters: Parameters,
  result: readonly Float32Array[] | undefined,
): OpenedCorruption<Parameters, ReverbMeasurement> {
  const convolver = stageForPasses(
    () => createConvolver(responses, format.channels),
    result !== undefined,
    result,
  );
  return {
    parameters,
    levelPass(level) {
      if (parameters.level === 'none' || level.wetRms !== undefined) return undefined;
      const stage = convolver();
      const dry = createLevelMeter();
      const wet = createLevelMeter();
      return {
        add(channels) {
          dry.add(channels);
          wet.add(stage.push(channels));
        },
        finish() {
          wet.add(stage.flush());
          return { ...level, samples: dry.samples(), signalRms: dry.rms(), wetRms: wet.rms() };
        },
      };
    },
    start({ signalRms = 0, wetRms = 0 }) {
      const gain = parameters.level === 'rms' && wetRms > 0 ? signalRms / wetRms : 1;
      const stage = convolver();
      let peak = 0;
      const scaled = (channels: Float32Array[], into?: readonly Float32Array[]) =>
        channels.map((samples, c) => {
          const result = into?.[c]?.subarray(0, samples.length) ?? new Float32Array(samples.length);
          peak = Math.max(peak, scaleInto(result, samples, gain));
          return result;
        });
      return {
        process: (channels, into) => scaled(stage.push(channels), into),
        flush: () => scaled(stage.flush()),
        measured: () => ({ gain, peak, responseSamples: responses[0]!.length }),
      };
    },
  };
}

/** Multiplies by the gain; returns the largest absolute value. */
function scaleInto(result: Float32Array, samples: Float32Array, gain: number): number {
  let high = 0;
  let low = 0;
  for (let i = 0; i < result.length; i++) {
    const value = Math.fround(samples[i]! * gain);
    result[i] = value;
    if (value > high) high = value;
    if (value < low) low = value;
  }
  return Math.max(high, -low);
}

/** A measured response at the clip's rate. */
function measuredResponses(ir: AudioClip, format: AudioFormat): Float64Array[] {
  checkClip(ir, 'ir', 1000);
  if (ir.channels.length !== 1 && ir.channels.length !== format.channels) {
    throw new RobustaError(
      'BAD_INPUT',
      `ir has ${ir.channels.length} channels; the clip has ${format.channels}`,
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
    const count = resampledLength(samples.length, ir.sampleRate, format.sampleRate);
    // Resampling keeps the height of samples; a filter's gain is their sum.
    const gain = ir.sampleRate / format.sampleRate;
    const resampled = resample(samples, ir.sampleRate, format.sampleRate, 0, Math.max(1, count));
    return Float64Array.from(resampled, (sample) => sample * gain);
  });
}
