import { type AudioClip, RobustaError, type Severity, SeveritySchema } from '@robusta/core';
import { z } from 'zod';

/** The options that every audio corruption takes. */
export const audioOptionFields = {
  severity: SeveritySchema.optional().describe(
    '1 (weak) to 5; may be left out where the parameters say it all',
  ),
  seed: z.number().int().min(0).max(0xffffffff).default(0).describe('seed of the video'),
};

/** An {@link AudioClip} among the options; its samples are checked where it is used. */
export const AudioClipSchema = z.custom<AudioClip>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as AudioClip).sampleRate === 'number' &&
    Array.isArray((value as AudioClip).channels),
  'must be an AudioClip: { sampleRate, channels: Float32Array[] }',
);

/** A published table: the physical parameters of each severity. */
export type SeverityTable<Key extends string = string> = Readonly<
  Record<Severity, Readonly<Record<Key, number>>>
>;

/**
 * The physical parameters of a call: those given, the rest from the row of the severity.
 * @throws BAD_OPTION where neither says what a parameter is
 */
export function physicalParameters<Key extends string>(
  what: string,
  table: SeverityTable<Key>,
  given: { severity?: Severity | undefined } & Record<NoInfer<Key>, number | undefined>,
): Record<Key, number> {
  const row = given.severity === undefined ? undefined : table[given.severity];
  const keys = Object.keys(table[1]) as Key[];
  const values: Record<Key, number | undefined> = given;
  const missing = keys.filter((key) => values[key] === undefined && row === undefined);
  if (missing.length > 0) {
    throw new RobustaError('BAD_OPTION', `${what}: neither severity nor ${missing.join(', ')} given`, {
      hint: `give a severity from 1 to 5, or all of ${keys.join(', ')}`,
    });
  }
  return Object.fromEntries(keys.map((key) => [key, values[key] ?? row?.[key]])) as Record<Key, number>;
}
