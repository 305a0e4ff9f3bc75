import { z } from 'zod';
import { noiseOptionFields, noiseSeverity, openNoise } from './additive.js';
import { crowd } from './crowd.js';
import { defineAudioCorruption } from './definition.js';
import { AudioClipSchema } from './options.js';
import { speechCrowd } from './speech-crowd.js';

/** Many people talking at once: synthesized, from given clips of speech, or a recording. */
export const babble = defineAudioCorruption({
  schema: z
    .strictObject({
      ...noiseOptionFields,
      talkers: z.number().int().min(1).max(64).default(16).describe('how many people talk'),
      speech: z
        .array(AudioClipSchema)
        .min(1)
        .optional()
        .describe('clips of speech in place of the synthesis'),
    })
    .refine(({ speech, noise }) => !(speech && noise), {
      path: ['speech'],
      error: 'give speech or a recording of babble as noise, not both',
    }),
  severity: noiseSeverity,
  open(format, { speech, ...options }, result) {
    const synthesize = speech ? speechCrowd(speech, options.talkers) : crowd(options.talkers);
    return openNoise('babble', format, options, synthesize, result);
  },
});
