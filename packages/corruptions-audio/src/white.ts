import { z } from 'zod';
import { noiseOptionFields, noiseSeverity, openNoise } from './additive.js';
import { defineAudioCorruption } from './definition.js';
import { whiteSource } from './noise-source.js';

/** Independent Gaussian samples at an SNR. */
export const white = defineAudioCorruption({
  schema: z.strictObject(noiseOptionFields),
  severity: noiseSeverity,
  open: (format, options, result) => openNoise('white', format, options, whiteSource, result),
});
