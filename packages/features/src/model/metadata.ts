import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { MODEL_KINDS } from './kinds.js';

/** Key of the entry in an ONNX file's metadata. */
export const METADATA_KEY = 'robusta';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Extent = z.int().min(1);
const MetadataSchema = z.strictObject({
  format: z.literal(1),
  kind: z.enum(MODEL_KINDS),
  /** Version of the graph: models of one source and version give the same numbers. */
  graph: Extent,
  /** Shape of one item of a batch. */
  item: z.array(Extent),
  dim: Extent,
  /** Numbers that weights and intermediate results have; absent: float32. */
  precision: z.literal('float16').optional(),
  /** How the input is to be made, as the weights were trained. */
  preprocessing: z.record(z.string(), z.json()),
  /** The checkpoint that the weights come from; absent where a graph was made of arrays in memory. */
  source: z.strictObject({ name: z.string(), bytes: z.int().min(0), sha256: Sha256 }).optional(),
});

/** What an imported model says of itself. */
export type ModelMetadata = z.output<typeof MetadataSchema>;

/** @throws BAD_MODEL unless the text is the metadata of a model of this version */
export function parseMetadata(text: string | undefined, path: string): ModelMetadata {
  if (text === undefined) {
    throw new RobustaError('BAD_MODEL', `${path} is an ONNX file, but not one that robusta imported`, {
      hint: 'make one from the published checkpoint: robusta models import',
    });
  }
  try {
    return parseOptions(MetadataSchema, JSON.parse(text), 'metadata');
  } catch (cause) {
    throw new RobustaError(
      'BAD_MODEL',
      `${path}: its metadata are not understood: ${(cause as Error).message}`,
      {
        hint: 'import the checkpoint again with this version',
        cause,
      },
    );
  }
}
