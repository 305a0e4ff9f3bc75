import { RobustaError } from '@robusta/core';
import { readSafetensors, type TensorData, writeSafetensors } from '@robusta/tensor-io';
import { z } from 'zod';
import { GaussianMixture } from './mixture.js';
import { CovarianceTypeSchema } from './options.js';
import { covarianceLength } from './parameters.js';
import { firstNonFinite } from './row-matrix.js';

const FORMAT = 'robusta-gaussian-mixture';
const VERSION = '1';

const Size = z.number().int().min(1);
const DescriptionSchema = z.strictObject({
  covarianceType: CovarianceTypeSchema,
  components: Size,
  dim: Size,
});
type Description = z.output<typeof DescriptionSchema>;

/** The bytes of a `.safetensors` file that holds the mixture; equal mixtures give equal bytes. */
export function encodeGaussianMixture(mixture: GaussianMixture): Uint8Array {
  const { covarianceType, components, dim, weights, means, covariances, frame } = mixture;
  const description: Description = { covarianceType, components, dim };
  const shapes = tensorShapes(description);
  const arrays = { weights, means, covariances, origin: frame.origin, offsets: frame.means };
  const tensors: Record<string, TensorData> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    tensors[name] = { shape, dtype: 'float64', data: arrays[name as keyof typeof arrays] };
  }
  return writeSafetensors(tensors, {
    format: FORMAT,
    version: VERSION,
    mixture: JSON.stringify(description),
  });
}

/**
 * The mixture in the bytes of a file; nothing in them is trusted.
 * @throws BAD_MODEL for anything that is not a complete mixture with usable numbers
 */
export function decodeGaussianMixture(bytes: Uint8Array): GaussianMixture {
  const { tensors, metadata } = readTensors(bytes);
  if (metadata.format !== FORMAT || metadata.version !== VERSION) {
    throw badModel(`it is not a ${FORMAT} of version ${VERSION}`);
  }
  const description = parseDescription(metadata.mixture ?? '');
  const shapes = tensorShapes(description);
  const extra = Object.keys(tensors).find((name) => !Object.hasOwn(shapes, name));
  if (extra !== undefined) throw badModel(`it has a tensor ${JSON.stringify(extra)} that belongs to nothing`);
  const read = (name: keyof typeof shapes): Float64Array => {
    const tensor = tensors[name];
    const shape = shapes[name];
    if (!tensor) throw badModel(`tensor ${name} is missing`);
    if (tensor.dtype !== 'float64' || tensor.shape.join() !== shape.join()) {
      throw badModel(`tensor ${name} is ${tensor.dtype} [${tensor.shape}], expected float64 [${shape}]`);
    }
    if (firstNonFinite(tensor.data) >= 0) throw badModel(`tensor ${name} holds a value that is not finite`);
    return tensor.data;
  };
  const parameters = {
    ...description,
    ...{ weights: read('weights'), means: read('means'), covariances: read('covariances') },
  };
  return new GaussianMixture(parameters, { origin: read('origin'), means: read('offsets') });
}

/** `offsets` are the means minus `origin`, which hold more of their digits. */
function tensorShapes({ covarianceType, components: K, dim: d }: Description) {
  const covariances = { full: [K, d, d], tied: [d, d], diag: [K, d], spherical: [K] }[covarianceType];
  if (!Number.isSafeInteger(covarianceLength(covarianceType, K, d)) || !Number.isSafeInteger(K * d)) {
    throw badModel('it describes a mixture of impossible size');
  }
  return { weights: [K], means: [K, d], covariances, origin: [d], offsets: [K, d] };
}

function readTensors(bytes: Uint8Array): ReturnType<typeof readSafetensors> {
  try {
    return readSafetensors(bytes);
  } catch (cause) {
    if (!RobustaError.isInstance(cause)) throw cause;
    throw badModel(cause.message, cause);
  }
}

function parseDescription(text: string): Description {
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
  return new RobustaError('BAD_MODEL', `Gaussian mixture: ${problem}`, {
    hint: 'use a file that saveGaussianMixture wrote, or fit the mixture again',
    ...(cause === undefined ? {} : { cause }),
  });
}
