import { z } from 'zod';

/** Options of everything that may use ONNX Runtime. */
export const engineFields = {
  engine: z
    .enum(['auto', 'onnx', 'plain'])
    .default('auto')
    .describe(
      'what multiplies matrices: ONNX Runtime, or TypeScript alone; `auto` takes ONNX Runtime where it is installed and ' +
        'there is enough to do',
    ),
  threads: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe('of ONNX Runtime; by default one for each physical core'),
};

/** Options of {@link engineFields} after checking. */
export type EngineChoice = z.output<z.ZodObject<typeof engineFields>>;
