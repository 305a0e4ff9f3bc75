import type { z } from 'zod';
import type { SeverityTable } from './options.js';

/**
 * Where a corruption writes its values: bytes, where the store itself cuts to a whole number,
 * or floats, which keep the value before the cut.
 */
export type PixelSink = Uint8Array | Float32Array;

/** Writes frame `index`, given as `width * height * 3` bytes, into a buffer of that length. */
export type FrameKernel = (input: Uint8Array, output: PixelSink, index: number) => void;

/** One visual corruption: its options, its published table, and how it is set up for a video. */
export interface FrameCorruptionDefinition<
  Schema extends z.ZodType = z.ZodType,
  Key extends string = string,
  Parameters extends object = object,
> {
  schema: Schema;
  severity: SeverityTable<Key>;
  /** Further published tables, which the option `table` chooses by name. */
  otherTables?: Readonly<Record<string, SeverityTable<Key>>>;
  /**
   * Work done once a video; the kernel it returns allocates nothing.
   * @param options - checked, with the physical parameters that were not given taken from the table
   */
  create(options: Omit<z.output<Schema>, Key> & Record<Key, number>): {
    parameters: Parameters;
    kernel: FrameKernel;
  };
}

/** Infers the type parameters of a definition. */
export function defineFrameCorruption<
  Schema extends z.ZodType,
  Key extends string,
  Parameters extends object,
  Definition extends FrameCorruptionDefinition<Schema, Key, Parameters>,
>(definition: Definition & FrameCorruptionDefinition<Schema, Key, Parameters>) {
  return definition;
}
