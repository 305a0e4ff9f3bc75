import type { Modality } from '@robusta/core';
import { z } from 'zod';

const Model = z.string().min(1).describe('the .onnx file that a checkpoint was imported to');
const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hexadecimal digits')
  .optional()
  .describe('of the model file, to be sure that it is the one that is meant');
const Providers = z
  .union([z.literal('auto'), z.array(z.enum(['cpu', 'cuda', 'webgpu', 'coreml', 'dml'])).min(1)])
  .optional()
  .describe('where the network runs, in order of preference; default: cpu');

const Lite = z.strictObject({ kind: z.literal('lite') });
const I3d = z.strictObject({
  kind: z.enum(['i3d-resnet50', 'i3d-inception']),
  model: Model,
  sha256: Sha256,
  crops: z
    .union([z.literal(1), z.literal(5), z.literal(10)])
    .default(10)
    .describe('1: the centre; 5: corners, too; 10: mirrored ones, too'),
  recipe: z
    .enum(['rtfm', 'gottimukkala'])
    .optional()
    .describe('how pictures are prepared; default: rtfm for i3d-resnet50, gottimukkala for i3d-inception'),
  executionProviders: Providers,
});
const Vggish = z.strictObject({
  kind: z.literal('vggish'),
  model: Model,
  sha256: Sha256,
  activation: z.enum(['relu', 'none']).optional().describe('of the last layer; default: relu'),
  executionProviders: Providers,
});

const lite = { kind: 'lite' } as const;

/** Checks an {@link ExtractorsConfig}. */
export const ExtractorsConfigSchema = z.strictObject({
  visual: z
    .discriminatedUnion('kind', [Lite, I3d])
    .default(lite)
    .describe('of the picture; lite needs no weights'),
  audio: z
    .discriminatedUnion('kind', [Lite, Vggish])
    .default(lite)
    .describe('of the sound; lite needs no weights'),
});

/** Which features are taken, as a configuration says it: by default those that need no weights. */
export type ExtractorsConfig = z.input<typeof ExtractorsConfigSchema>;

/** An {@link ExtractorsConfig} with its defaults filled in. */
export type CheckedExtractors = z.output<typeof ExtractorsConfigSchema>;

type NetworkOf<T> = Exclude<T, { kind: 'lite' }>;

/** An extractor with a network, as a job carries it: what it must give is known before a worker opens the model. */
export type NetworkExtractor = (
  | NetworkOf<CheckedExtractors['visual']>
  | NetworkOf<CheckedExtractors['audio']>
) & {
  /** Absolute. */
  model: string;
  /** Of the model file. */
  sha256: string;
  /** Width of a row. */
  dim: number;
  /** SHA-256 of the recipe of the features. */
  recipeHash: string;
};

/** The extractor of a job, JSON. */
export type JobExtractor = 'lite' | NetworkExtractor;

/** The extractors of both modalities. */
export type JobExtractors = Record<Modality, JobExtractor>;

/** The extractors that need no weights. */
export const LITE: JobExtractors = { visual: 'lite', audio: 'lite' };

/**
 * Name of an extractor in paths: `lite`, or of a network its kind and a part of the hash of its recipe, so that features of
 * two models or preparations never meet.
 */
export function extractorName(extractor: JobExtractor): string {
  return extractor === 'lite' ? 'lite' : `${extractor.kind}-${extractor.recipeHash.slice(0, 8)}`;
}
