import { z } from 'zod';
import { noiseOptionFields, noiseSeverity, openNoise } from './additive.js';
import { defineAudioCorruption } from './definition.js';
import { HF_RESPONSE, magnitudeAt } from './noise-spectra.js';
import { physicalParameters, type SeverityTable } from './options.js';
import { shapedNoise } from './shaped-noise.js';
import { crackle, createFadingStage } from './shortwave.js';

/** From quiet to disturbed conditions at middle latitudes, and moderate and disturbed ones at low latitudes. */
const radioSeverity: SeverityTable<'delayMs' | 'dopplerHz' | 'clicksPerSecond'> = {
  1: { delayMs: 0.5, dopplerHz: 0.1, clicksPerSecond: 1 },
  2: { delayMs: 1, dopplerHz: 0.5, clicksPerSecond: 2 },
  3: { delayMs: 2, dopplerHz: 1, clicksPerSecond: 4 },
  4: { delayMs: 2, dopplerHz: 1.5, clicksPerSecond: 8 },
  5: { delayMs: 6, dopplerHz: 10, clicksPerSecond: 16 },
};

const severity: SeverityTable<'snrDb' | 'delayMs' | 'dopplerHz' | 'clicksPerSecond'> = {
  1: { ...noiseSeverity[1], ...radioSeverity[1] },
  2: { ...noiseSeverity[2], ...radioSeverity[2] },
  3: { ...noiseSeverity[3], ...radioSeverity[3] },
  4: { ...noiseSeverity[4], ...radioSeverity[4] },
  5: { ...noiseSeverity[5], ...radioSeverity[5] },
};

/** 1024 taps under a Hann window up to 48 kHz, doubled with the rate. */
const hfTaps = (sampleRate: number) => 1024 * 2 ** Math.max(0, Math.ceil(Math.log2(sampleRate / 48000)));

/** Stationary Gaussian noise in the voice band of a short-wave receiver; on request the sound fades and crackles too. */
export const hfChannel = defineAudioCorruption({
  schema: z.strictObject({
    ...noiseOptionFields,
    mode: z.enum(['noisex', 'radio']).default('noisex').describe('noise alone, or fading and crackle too'),
    delayMs: z.number().min(0).max(50).optional().describe('radio: delay of the second path'),
    dopplerHz: z.number().min(0.01).max(50).optional().describe('radio: Doppler spread'),
    clicksPerSecond: z.number().min(0).max(1000).optional().describe('radio: crackle'),
  }),
  severity,
  open(format, options, result) {
    const noise = shapedNoise(hfTaps, magnitudeAt(HF_RESPONSE), 'windowed');
    if (options.mode === 'noisex') return openNoise('hf-channel', format, options, noise, result);
    const radio = physicalParameters('hf-channel in radio mode', radioSeverity, {
      severity: options.severity,
      delayMs: options.delayMs,
      dopplerHz: options.dopplerHz,
      clicksPerSecond: options.clicksPerSecond,
    });
    return openNoise('hf-channel', format, { ...options, ...radio }, noise, result, {
      stage: () => createFadingStage(options.seed, format.sampleRate, format.channels, radio),
      extra: crackle(radio.clicksPerSecond),
    });
  },
});
