import { z } from 'zod';
import { FUSIONS } from './data.js';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Dim = z.number().int().min(1).max(65536);
const Shape = z.strictObject({ dim: Dim, crops: z.number().int().min(1).max(100) });

/** What `model.json` holds. */
export const ModelFileSchema = z.strictObject({
  format: z.literal('robusta-detector'),
  version: z.literal(1),
  backbone: z.strictObject({ name: z.string().min(1), options: z.record(z.string(), z.unknown()) }),
  fusion: z.enum(FUSIONS),
  features: z
    .strictObject({ visual: Shape.optional(), audio: Shape.optional() })
    .describe('widths and crops of the features; an absent modality was absent in training'),
  inputClamp: z.number().positive().describe('in deviations; applies where model.safetensors has a scaling'),
  training: z
    .looseObject({
      maxLength: z.number().int().min(1).max(4096),
      data: z
        .strictObject({
          videos: z.number().int().min(1),
          anomalous: z.number().int().min(1),
          sha256: Sha256,
        })
        .optional()
        .describe('absent where the weights were taken over as published'),
    })
    .describe('the recipe, and what it was applied to'),
  files: z
    .strictObject({ 'model.safetensors': Sha256, 'model.onnx': Sha256 })
    .describe('SHA-256 of the files beside'),
  software: z.record(z.string(), z.string()).describe('package name to version'),
});

/** See {@link ModelFileSchema} for each field. */
export type ModelFile = z.output<typeof ModelFileSchema>;
