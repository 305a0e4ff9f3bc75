import { RobustaError } from '@robusta/core';
import { readSafetensors, type TensorData, writeSafetensors } from '@robusta/tensor-io';
import type { z } from 'zod';
import { covarianceLength, type MixtureParameters } from './parameters.js';
import { firstNonFinite } from './row-matrix.js';

/** One kind of model file: safetensors whose metadata name the format and hold a description as JSON. */
export interface ModelFormat<S extends z.ZodType> {
  format: string;
  version: string;
  /** Key of the description among the metadata. */
  key: string;
  description: S;
  /** @returns BAD_MODEL with what is wrong */
  bad: (problem: string, cause?: unknown) => RobustaError;
}

/** What is wrong with a model file, and how to come by a good one. */
export function badModelOf(what: string, saver: string) {
  return (problem: string, cause?: unknown): RobustaError =>
    new RobustaError('BAD_MODEL', `${what}: ${problem}`, {
      hint: `use a file that ${saver} wrote, or fit it again`,
      ...(cause === undefined ? {} : { cause }),
    });
}

/** The bytes of a model file. */
export function encodeModelFile<S extends z.ZodType>(
  { format, version, key }: ModelFormat<S>,
  description: z.input<S>,
  tensors: Record<string, TensorData>,
): Uint8Array {
  return writeSafetensors(tensors, { format, version, [key]: JSON.stringify(description) });
}

/**
 * Description and tensors of a model file; the description is checked, the tensors are not yet.
 * @throws BAD_MODEL
 */
export function decodeModelFile<S extends z.ZodType>(
  bytes: Uint8Array,
  { format, version, key, description, bad }: ModelFormat<S>,
): { description: z.output<S>; tensors: Record<string, TensorData> } {
  let file: ReturnType<typeof readSafetensors>;
  try {
    file = readSafetensors(bytes);
  } catch (cause) {
    if (!RobustaError.isInstance(cause)) throw cause;
    throw bad(cause.message, cause);
  }
  const { tensors, metadata } = file;
  if (metadata.format !== format || metadata.version !== version) {
    throw bad(`it is not a ${format} of version ${version}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(metadata[key] ?? '');
  } catch (cause) {
    throw bad('its description is not JSON', cause);
  }
  const result = description.safeParse(value);
  if (result.success) return { description: result.data, tensors };
  const [issue] = result.error.issues;
  throw bad(`its description is wrong at ${issue?.path.join('.') || 'the top'}: ${issue?.message}`);
}

/**
 * The values of a tensor of a model file.
 * @throws BAD_MODEL if it is missing, of another type or shape, or holds a value that is not finite
 */
export function checkedTensor(
  tensor: TensorData | undefined,
  { name, dtype, shape }: { name: string; dtype: 'float32' | 'float64'; shape: readonly number[] },
  bad: ModelFormat<z.ZodType>['bad'],
): Float32Array | Float64Array {
  if (!tensor) throw bad(`tensor ${name} is missing`);
  const isFloat = tensor.dtype === 'float32' || tensor.dtype === 'float64';
  if (!isFloat || tensor.dtype !== dtype || tensor.shape.join() !== shape.join()) {
    throw bad(`tensor ${name} is ${tensor.dtype} [${tensor.shape}], expected ${dtype} [${shape}]`);
  }
  if (firstNonFinite(tensor.data) >= 0) throw bad(`tensor ${name} holds a value that is not finite`);
  return tensor.data;
}

/**
 * The shape of the covariances that a file describes.
 * @throws BAD_MODEL where they could not be held
 */
export function covarianceShape(
  { covarianceType, components: K, dim: d }: Pick<MixtureParameters, 'covarianceType' | 'components' | 'dim'>,
  bad: ModelFormat<z.ZodType>['bad'],
): number[] {
  if (!Number.isSafeInteger(covarianceLength(covarianceType, K, d)) || !Number.isSafeInteger(K * d)) {
    throw bad('it describes a mixture of impossible size');
  }
  return { full: [K, d, d], tied: [d, d], diag: [K, d], spherical: [K] }[covarianceType];
}
