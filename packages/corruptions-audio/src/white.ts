import { z } from 'zod';
import { addNoise, noiseOptionFields, noiseSeverity } from './additive.js';
import { defineAudioCorruption } from './definition.js';
import { gaussianNoise } from './gaussian.js';

/** Independent Gaussian samples at an SNR. */
export const white = defineAudioCorruption({
  schema: z.strictObject(noiseOptionFields),
  severity: noiseSeverity,
  apply: (clip, options) => addNoise('white', clip, options, gaussianNoise),
});
