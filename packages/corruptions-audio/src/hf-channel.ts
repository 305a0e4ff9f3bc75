import { z } from 'zod';
import { noiseOptionFields, noiseSeverity, openNoise } from './additive.js';
import { defineAudioCorruption } from './definition.js';
import { HF_RESPONSE, magnitudeAt } from './noise-spectra.js';
import { shapedNoise } from './shaped-noise.js';

/** 1024 taps under a Hann window up to 48 kHz, doubled with the rate. */
const hfTaps = (sampleRate: number) => 1024 * 2 ** Math.max(0, Math.ceil(Math.log2(sampleRate / 48000)));

/** Stationary Gaussian noise in the voice band of a short-wave receiver. */
export const hfChannel = defineAudioCorruption({
  schema: z.strictObject(noiseOptionFields),
  severity: noiseSeverity,
  open: (format, options, whole) =>
    openNoise(
      'hf-channel',
      format,
      options,
      shapedNoise(hfTaps, magnitudeAt(HF_RESPONSE), 'windowed'),
      whole,
    ),
});
