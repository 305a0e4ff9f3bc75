import { z } from 'zod';
import { noiseOptionFields, noiseSeverity, openNoise } from './additive.js';
import { defineAudioCorruption } from './definition.js';
import { shapedNoise } from './shaped-noise.js';

/** The lowest frequency of the noise, Hz. */
const LOWEST = 20;

/** Noise of a power per hertz proportional to 1 / f from 20 Hz to half the sample rate. */
export const pink = defineAudioCorruption({
  schema: z.strictObject(noiseOptionFields),
  severity: noiseSeverity,
  open: (format, options, result) =>
    openNoise('pink', format, options, shapedNoise(pinkTaps, pinkMagnitude), result),
});

/** f^(-1/2), zero below the lowest frequency: no DC. */
const pinkMagnitude = (frequency: number) => (frequency < LOWEST ? 0 : 1 / Math.sqrt(frequency));

/** 16384 taps up to 48 kHz, doubled with the rate, so that the lowest frequency lies at 7 steps of the response. */
const pinkTaps = (sampleRate: number) => 16384 * 2 ** Math.max(0, Math.ceil(Math.log2(sampleRate / 48000)));
