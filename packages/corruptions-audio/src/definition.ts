import type { AudioClip } from '@robusta/core';
import type { z } from 'zod';
import type { SeverityTable } from './options.js';

/** What a corruption gives: new samples, the parameters used, and what was measured on the way. */
export interface AudioResult<Parameters extends object, Measured extends object> {
  channels: Float32Array[];
  parameters: Parameters;
  measured: Measured;
}

/** One audio corruption: its options, its published table, and the function itself. */
export interface AudioCorruptionDefinition<
  Schema extends z.ZodType = z.ZodType,
  Key extends string = string,
  Parameters extends object = object,
  Measured extends object = object,
> {
  schema: Schema;
  severity: SeverityTable<Key>;
  /** Never writes to the clip; its channels have one length, finite samples, and may be empty. */
  apply(clip: AudioClip, options: z.output<Schema>): AudioResult<Parameters, Measured>;
}

/** Infers the type parameters of a definition. */
export function defineAudioCorruption<
  Schema extends z.ZodType,
  Key extends string,
  Parameters extends object,
  Measured extends object,
>(definition: AudioCorruptionDefinition<Schema, Key, Parameters, Measured>) {
  return definition;
}
