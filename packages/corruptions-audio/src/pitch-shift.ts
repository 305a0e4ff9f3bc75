import { deriveSeed, hash32 } from '@robusta/core';
import { z } from 'zod';
import { type AudioStream, defineAudioCorruption } from './definition.js';
import { audioOptionFields, physicalParameters, type SeverityTable } from './options.js';
import { createPhaseVocoder } from './phase-vocoder.js';
import { createPitchStage } from './pitch-stage.js';
import type { Stage } from './stage.js';
import { createWsola } from './wsola.js';

const table: SeverityTable<'semitones'> = {
  1: { semitones: 2 },
  2: { semitones: 4 },
  3: { semitones: 6 },
  4: { semitones: 9 },
  5: { semitones: 12 },
};

/** Shifts the pitch, up or down, and keeps the duration. */
export const pitchShift = defineAudioCorruption({
  schema: z.strictObject({
    ...audioOptionFields,
    semitones: z
      .number()
      .min(-24)
      .max(24)
      .optional()
      .describe('of the severity with a sign from the seed, or as given'),
    method: z.enum(['vocoder', 'wsola']).default('vocoder').describe('phase vocoder, or pieces of the sound'),
  }),
  severity: table,
  open({ sampleRate, channels }, options) {
    const drawn = physicalParameters('pitch-shift', table, {
      severity: options.severity,
      semitones: options.semitones,
    });
    const down = options.semitones === undefined && (hash32(deriveSeed(options.seed, 'sign'), 0) & 1) === 1;
    const semitones = down ? -drawn.semitones : drawn.semitones;
    const ratio = 2 ** (semitones / 12);
    return {
      parameters: { ...options, semitones },
      levelPass: () => undefined,
      start: () =>
        measuredStage(
          semitones === 0
            ? { push: (pieces) => pieces.map((samples) => samples.slice()), flush: () => [] }
            : createPitchStage(
                ratio,
                channels,
                options.method === 'wsola'
                  ? createWsola(sampleRate)
                  : createPhaseVocoder(frameSize(sampleRate), ratio, channels),
              ),
          ratio,
        ),
    };
  },
});

/** The power of two nearest to 46 ms: 2048 samples at 44.1 kHz, 1024 at 16 kHz. */
function frameSize(sampleRate: number): number {
  return 2 ** Math.round(Math.log2(0.0464 * sampleRate));
}

/** What a pitch shift measures. */
export interface PitchMeasurement {
  /** Frequency of the result over that of the sound. */
  ratio: number;
  /** The largest absolute value of the result. */
  peak: number;
}

function measuredStage(stage: Stage, ratio: number): AudioStream<PitchMeasurement> {
  let peak = 0;
  const seen = (channels: Float32Array[]) => {
    for (const samples of channels) {
      for (let i = 0; i < samples.length; i++) peak = Math.max(peak, Math.abs(samples[i]!));
    }
    return channels;
  };
  return {
    process: (channels) => seen(stage.push(channels)),
    flush: () => seen(stage.flush()),
    measured: () => ({ ratio, peak }),
  };
}
