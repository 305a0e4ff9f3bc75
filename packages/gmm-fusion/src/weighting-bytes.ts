import { type Modality, RobustaError } from '@robusta/core';
import { readSafetensors, type TensorData, writeSafetensors } from '@robusta/tensor-io';
import { z } from 'zod';
import type { CleanDensity } from './clean-density.js';
import { CovarianceTypeSchema } from './options.js';
import { covarianceLength } from './parameters.js';
import { firstNonFinite } from './row-matrix.js';
import { DynamicWeighting, type ModalityModel, type WeightingParameters } from './weighting.js';

const FORMAT = 'robusta-dynamic-weighting';
const VERSION = '1';
const MODALITIES = ['visual', 'audio'] as const;
const TENSOR_NAMES = ['center', 'scale', 'basis', 'deviations', 'weights', 'means', 'covariances'] as const;

const Size = z.number().int().min(1);
const ModalitySchema = z.strictObject({
  dim: Size,
  dimensions: Size.describe('of the mixture: q'),
  components: Size,
  covarianceType: CovarianceTypeSchema,
  regCovar: z.number().min(0),
  residualVariance: z.number().min(0).optional(),
  c: z.number().positive(),
  x0: z.number(),
});
const DescriptionSchema = z.strictObject({
  level: z.enum(['snippet', 'video']),
  visual: ModalitySchema.optional(),
  audio: ModalitySchema.optional(),
});
type ModalityDescription = z.output<typeof ModalitySchema>;

/** The bytes of a `.safetensors` file that holds the whole weighting; equal weightings give equal bytes. */
export function encodeDynamicWeighting(weighting: DynamicWeighting): Uint8Array {
  const { level, ...models } = weighting.parameters;
  const tensors: Record<string, TensorData> = {};
  const description: z.input<typeof DescriptionSchema> = { level };
  for (const modality of MODALITIES) {
    const model = models[modality];
    if (!model) continue;
    const { density, calibration } = model;
    const { projection, mixture, dim, regCovar } = density;
    const { residualVariance } = projection;
    const { components, covarianceType } = mixture;
    const own: ModalityDescription = {
      ...{ dim, dimensions: mixture.dim, components, covarianceType, regCovar, ...calibration },
      ...(residualVariance === undefined ? {} : { residualVariance }),
    };
    description[modality] = own;
    const shapes = tensorShapes(own);
    const arrays: Partial<Record<(typeof TENSOR_NAMES)[number], Float64Array>> = {
      ...projection,
      ...mixture,
    } as object;
    for (const name of TENSOR_NAMES) {
      const data = arrays[name];
      if (data) tensors[`${modality}.${name}`] = { shape: shapes[name], dtype: 'float64', data };
    }
  }
  return writeSafetensors(tensors, {
    format: FORMAT,
    version: VERSION,
    weighting: JSON.stringify(description),
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
  const description = parseDescription(metadata.weighting ?? '');
  const parameters: WeightingParameters = { level: description.level };
  const left = new Set(Object.keys(tensors));
  for (const modality of MODALITIES) {
    const own = description[modality];
    if (own) parameters[modality] = decodeModality(modality, own, tensors, left);
  }
  if (left.size > 0)
    throw badModel(`it has a tensor ${JSON.stringify([...left][0])} that belongs to nothing`);
  if (!parameters.visual && !parameters.audio) throw badModel('it describes neither modality');
  return new DynamicWeighting(parameters);
}

function decodeModality(
  modality: Modality,
  own: ModalityDescription,
  tensors: Record<string, TensorData>,
  left: Set<string>,
): ModalityModel {
  const shapes = tensorShapes(own);
  const read = (name: (typeof TENSOR_NAMES)[number]): Float64Array => {
    const full = `${modality}.${name}`;
    const tensor = tensors[full];
    const shape = shapes[name];
    if (!left.delete(full) || !tensor) throw badModel(`tensor ${full} is missing`);
    if (tensor.dtype !== 'float64' || tensor.shape.join() !== shape.join()) {
      throw badModel(`tensor ${full} is ${tensor.dtype} [${tensor.shape}], expected float64 [${shape}]`);
    }
    if (firstNonFinite(tensor.data) >= 0) throw badModel(`tensor ${full} holds a value that is not finite`);
    return tensor.data;
  };
  const { dim, dimensions, components, covarianceType, regCovar, residualVariance, c, x0 } = own;
  if (dimensions > dim) throw badModel(`${modality} has ${dimensions} dimensions of ${dim} features`);
  const hasBasis = left.has(`${modality}.basis`);
  if (!hasBasis && (dimensions !== dim || residualVariance !== undefined)) {
    throw badModel(`tensor ${modality}.basis is missing`);
  }
  const projection: CleanDensity['projection'] = {
    center: read('center'),
    scale: read('scale'),
    ...(hasBasis ? { basis: read('basis') } : {}),
    ...(left.has(`${modality}.deviations`) ? { deviations: read('deviations') } : {}),
    ...(residualVariance === undefined ? {} : { residualVariance }),
  };
  const divisors = [projection.scale, projection.deviations ?? []];
  if (divisors.some((values) => values.some((value) => !(value > 0)))) {
    throw badModel(`${modality} has a deviation that is not above 0`);
  }
  if (residualVariance !== undefined && !(residualVariance + regCovar > 0)) {
    throw badModel(`${modality} has no residual variance`);
  }
  const mixture = {
    ...{ covarianceType, components, dim: dimensions },
    ...{ weights: read('weights'), means: read('means'), covariances: read('covariances') },
  };
  return { density: { dim, projection, mixture, regCovar }, calibration: { c, x0 } };
}

function tensorShapes(own: ModalityDescription): Record<(typeof TENSOR_NAMES)[number], number[]> {
  const { dim, dimensions: q, components: K, covarianceType } = own;
  const covariances = { full: [K, q, q], tied: [q, q], diag: [K, q], spherical: [K] }[covarianceType];
  if (!Number.isSafeInteger(covarianceLength(covarianceType, K, q)) || !Number.isSafeInteger(dim * q)) {
    throw badModel('it describes a mixture of impossible size');
  }
  return {
    center: [dim],
    scale: [dim],
    basis: [q, dim],
    deviations: [q],
    weights: [K],
    means: [K, q],
    covariances,
  };
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

function badModel(problem: string, cause?: unknown): RobustaError {
  return new RobustaError('BAD_MODEL', `dynamic weighting: ${problem}`, {
    hint: 'use a file that saveDynamicWeighting wrote, or fit the weighting again',
    ...(cause === undefined ? {} : { cause }),
  });
}
