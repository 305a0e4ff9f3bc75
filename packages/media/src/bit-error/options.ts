import { RobustaError, SeveritySchema } from '@robusta/core';
import { SEVERITY } from '@robusta/corruptions-visual';
import { z } from 'zod';

export const bitErrorFields = {
  severity: SeveritySchema.optional().describe('1 (weak) to 5; may be left out where a rate is given'),
  seed: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(0)
    .describe('where the counter starts; 0 is what the ffmpeg command does'),
  bytesPerError: z.int().min(1).max(0xffffffff).optional().describe('one byte in so many is replaced'),
  errorsPerSecond: z
    .number()
    .positive()
    .max(1e6)
    .optional()
    .describe('replaced bytes per second of video, in place of bytesPerError; comparable across bit rates'),
  protect: z
    .enum(['none', 'lengths', 'headers'])
    .default('none')
    .describe(
      'what is never hit: nothing; the lengths of NAL units; also their header byte and parameter sets',
    ),
};

export const BitErrorOptionsSchema = z
  .strictObject(bitErrorFields)
  .refine((o) => o.bytesPerError === undefined || o.errorsPerSecond === undefined, {
    path: ['errorsPerSecond'],
    error: 'takes the place of bytesPerError: give one of them',
  });

/** Options of the corruption `bit-error`: a severity, or a rate. */
export type BitErrorOptions = z.input<typeof BitErrorOptionsSchema>;
export type CheckedBitErrorOptions = z.output<typeof BitErrorOptionsSchema>;

/** The rate of a call: that which is given, else that of the severity. */
export function bitErrorRate(
  options: CheckedBitErrorOptions,
): { bytesPerError: number } | { errorsPerSecond: number } {
  const { severity, bytesPerError, errorsPerSecond } = options;
  if (bytesPerError !== undefined) return { bytesPerError };
  if (errorsPerSecond !== undefined) return { errorsPerSecond };
  if (severity !== undefined) return SEVERITY['bit-error'][severity];
  throw new RobustaError(
    'BAD_OPTION',
    'bit-error: neither severity nor bytesPerError nor errorsPerSecond given',
    {
      hint: 'give a severity from 1 to 5, or a rate',
    },
  );
}
