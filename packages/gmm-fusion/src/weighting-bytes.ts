import type { TensorData } from '@robusta/tensor-io';
import { z } from 'zod';
import { badModel, decodeModel, encodeModel, ModelDescriptionSchema } from './density-bytes.js';
import { decodeModelFile, encodeModelFile } from './model-bytes.js';
import { SmoothingSchema } from './smoothing.js';
import { DynamicWeighting, type WeightingParameters } from './weighting.js';

const MODALITIES = ['visual', 'audio'] as const;

const DescriptionSchema = z.strictObject({
  level: z.enum(['snippet', 'video']),
  smoothing: SmoothingSchema.optional(),
  visual: ModelDescriptionSchema.optional(),
  audio: ModelDescriptionSchema.optional(),
});
const FORMAT = {
  format: 'robusta-dynamic-weighting',
  version: '1',
  key: 'weighting',
  description: DescriptionSchema,
  bad: badModel,
};

/** The bytes of a `.safetensors` file that holds the whole weighting; equal weightings give equal bytes. */
export function encodeDynamicWeighting(weighting: DynamicWeighting): Uint8Array {
  const { level, smoothing, ...models } = weighting.parameters;
  const all: Record<string, TensorData> = {};
  const descriptions: z.input<typeof DescriptionSchema> = { level, ...(smoothing ? { smoothing } : {}) };
  for (const modality of MODALITIES) {
    const model = models[modality];
    if (!model) continue;
    const { description, tensors } = encodeModel(model);
    descriptions[modality] = description;
    for (const [name, tensor] of Object.entries(tensors)) all[`${modality}.${name}`] = tensor;
  }
  return encodeModelFile(FORMAT, descriptions, all);
}

/**
 * The weighting in the bytes of a file; nothing in them is trusted.
 * @throws BAD_MODEL for anything that is not a complete weighting with usable numbers
 */
export function decodeDynamicWeighting(bytes: Uint8Array): DynamicWeighting {
  const { description, tensors } = decodeModelFile(bytes, FORMAT);
  const { level, smoothing, ...descriptions } = description;
  const parameters: WeightingParameters = { level, ...(smoothing ? { smoothing } : {}) };
  const left = new Set(Object.keys(tensors));
  for (const modality of MODALITIES) {
    const own = descriptions[modality];
    const take = (name: string) => {
      const full = `${modality}.${name}`;
      return left.delete(full) ? tensors[full] : undefined;
    };
    if (own) parameters[modality] = decodeModel(own, take, modality);
  }
  if (left.size > 0)
    throw badModel(`it has a tensor ${JSON.stringify([...left][0])} that belongs to nothing`);
  if (!parameters.visual && !parameters.audio) throw badModel('it describes neither modality');
  return new DynamicWeighting(parameters);
}
