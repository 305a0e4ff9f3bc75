import { RobustaError } from '@robusta/core';
import { readSafetensors, type TensorData, writeSafetensors } from '@robusta/tensor-io';
import { z } from 'zod';
import { badModel, decodeModel, encodeModel, ModelDescriptionSchema } from './density-bytes.js';
import { SmoothingSchema } from './smoothing.js';
import { DynamicWeighting, type WeightingParameters } from './weighting.js';

const FORMAT = 'robusta-dynamic-weighting';
const VERSION = '1';
const MODALITIES = ['visual', 'audio'] as const;

const DescriptionSchema = z.strictObject({
  level: z.enum(['snippet', 'video']),
  smoothing: SmoothingSchema.optional(),
  visual: ModelDescriptionSchema.optional(),
  audio: ModelDescriptionSchema.optional(),
});

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
  return writeSafetensors(all, {
    format: FORMAT,
    version: VERSION,
    weighting: JSON.stringify(descriptions),
  });
}

/**
 * The weighting in the bytes of a file; nothing in them is trusted.
 * @throws BAD_MODEL for anything that is not a complete weighting with usable numbers
 */
export function decodeDynamicWeighting(bytes: Uint8Array): DynamicWeighting {
  const { tensors, metadata } = readTensors(bytes);
  if (metadata.format !== FORMAT || metadata.version !== VERSION) {
    throw badModel(`it is not a ${FORMAT} of version ${VERSION}`);
  }
  const { level, smoothing, ...descriptions } = parseDescription(metadata.weighting ?? '');
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

function readTensors(bytes: Uint8Array): ReturnType<typeof readSafetensors> {
  try {
    return readSafetensors(bytes);
  } catch (cause) {
    if (!RobustaError.isInstance(cause)) throw cause;
    throw new RobustaError('BAD_MODEL', `dynamic weighting: ${cause.message}`, { cause });
  }
}

function parseDescription(text: string): z.output<typeof DescriptionSchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badModel('its description is not JSON', cause);
  }
  const result = DescriptionSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw badModel(`its description is wrong at ${issue?.path.join('.') || 'the top'}: ${issue?.message}`);
}
