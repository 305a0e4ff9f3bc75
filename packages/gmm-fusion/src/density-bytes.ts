import type { TensorData } from '@robusta/tensor-io';
import { z } from 'zod';
import type { CleanDensity } from './clean-density.js';
import type { Density } from './density.js';
import { badModelOf, checkedTensor, covarianceShape } from './model-bytes.js';
import { CovarianceTypeSchema } from './options.js';
import type { MixtureParameters } from './parameters.js';
import type { Projection } from './projection.js';
import type { ModalityModel } from './weighting.js';

const TENSOR_NAMES = [
  'center',
  'scale',
  'basis',
  'deviations',
  'weights',
  'means',
  'covariances',
  'rows',
] as const;
type TensorName = (typeof TENSOR_NAMES)[number];

const Size = z.number().int().min(1);
const calibrated = { c: z.number().positive(), x0: z.number() };
const MixtureSchema = z.strictObject({
  kind: z.enum(['gmm', 'mahalanobis']).default('gmm').describe('files of earlier versions hold none'),
  dim: Size,
  dimensions: Size.describe('of the mixture: q'),
  components: Size,
  covarianceType: CovarianceTypeSchema,
  regCovar: z.number().min(0),
  residualVariance: z.number().min(0).optional(),
  ...calibrated,
});
const NeighboursSchema = z.strictObject({
  kind: z.literal('knn'),
  dim: Size,
  neighbours: Size,
  rows: Size,
  ...calibrated,
});
const FixedSchema = z.strictObject({ kind: z.enum(['energy', 'none']), ...calibrated });

/** Checks what a file says of one modality beside its tensors. */
export const ModelDescriptionSchema = z.union([MixtureSchema, NeighboursSchema, FixedSchema]);
type MixtureDescription = z.output<typeof MixtureSchema>;
type NeighboursDescription = z.output<typeof NeighboursSchema>;

/** What is wrong with the file of a weighting. */
export const badModel = badModelOf('dynamic weighting', 'saveDynamicWeighting');

/** See {@link ModelDescriptionSchema}. */
export type ModelDescription = z.output<typeof ModelDescriptionSchema>;

/** The model of one modality as a description and tensors. */
export function encodeModel({ density, calibration }: ModalityModel): {
  description: ModelDescription;
  tensors: Record<string, TensorData>;
} {
  switch (density.kind) {
    case 'gmm':
    case 'mahalanobis': {
      const { kind, projection, mixture, dim, regCovar } = density;
      const { residualVariance } = projection;
      const { components, covarianceType } = mixture;
      const description: MixtureDescription = {
        ...{ kind, dim, dimensions: mixture.dim, components, covarianceType, regCovar, ...calibration },
        ...(residualVariance === undefined ? {} : { residualVariance }),
      };
      return { description, tensors: tensorsOf(mixtureShapes(description), { ...projection, ...mixture }) };
    }
    case 'knn': {
      const { kind, dim, neighbours, projection, rows } = density;
      const description: NeighboursDescription = {
        ...{ kind, dim, neighbours, rows: rows.length / dim, ...calibration },
      };
      return { description, tensors: tensorsOf(neighbourShapes(description), { ...projection, rows }) };
    }
    default:
      return { description: { kind: density.kind, ...calibration }, tensors: {} };
  }
}

/**
 * The model of one modality; neither description nor tensors are trusted.
 * @param take - hands over a tensor and forgets it; undefined if there is none of that name
 * @throws BAD_MODEL
 */
export function decodeModel(
  own: ModelDescription,
  take: (name: string) => TensorData | undefined,
  modality: string,
): ModalityModel {
  const calibration = { c: own.c, x0: own.x0 };
  const read = (name: TensorName, shape: number[], optional = false): TensorData['data'] | undefined => {
    const tensor = take(name);
    const dtype = name === 'rows' ? 'float32' : 'float64';
    if (!tensor && optional) return undefined;
    return checkedTensor(tensor, { name: `${modality}.${name}`, dtype, shape }, badModel);
  };
  return { density: decodeDensity(own, read as Read, modality), calibration };
}

interface Read {
  (name: 'rows', shape: number[]): Float32Array;
  (name: TensorName, shape: number[]): Float64Array;
  (name: TensorName, shape: number[], optional: true): Float64Array | undefined;
}

function decodeDensity(own: ModelDescription, read: Read, modality: string): Density {
  switch (own.kind) {
    case 'gmm':
    case 'mahalanobis':
      return decodeMixture(own, read, modality);
    case 'knn': {
      const shapes = neighbourShapes(own);
      const { kind, dim, neighbours } = own;
      if (neighbours > own.rows)
        throw badModel(`${modality} has ${own.rows} rows and ${neighbours} neighbours`);
      const projection = { center: read('center', shapes.center!), scale: read('scale', shapes.scale!) };
      checkDivisors(projection, modality);
      return { kind, dim, neighbours, projection, rows: read('rows', shapes.rows!) };
    }
    default:
      return { kind: own.kind };
  }
}

function decodeMixture(own: MixtureDescription, read: Read, modality: string): CleanDensity {
  const shapes = mixtureShapes(own);
  const { kind, dim, dimensions, components, covarianceType, regCovar, residualVariance } = own;
  if (dimensions > dim) throw badModel(`${modality} has ${dimensions} dimensions of ${dim} features`);
  const basis = read('basis', shapes.basis!, true);
  if (!basis && (dimensions !== dim || residualVariance !== undefined)) {
    throw badModel(`tensor ${modality}.basis is missing`);
  }
  const deviations = read('deviations', shapes.deviations!, true);
  const projection: Projection = {
    center: read('center', shapes.center!),
    scale: read('scale', shapes.scale!),
    ...(basis ? { basis } : {}),
    ...(deviations ? { deviations } : {}),
    ...(residualVariance === undefined ? {} : { residualVariance }),
  };
  checkDivisors(projection, modality);
  if (residualVariance !== undefined && !(residualVariance + regCovar > 0)) {
    throw badModel(`${modality} has no residual variance`);
  }
  if (kind === 'mahalanobis' && components !== 1) {
    throw badModel(`${modality} is a distance from one mean, and has ${components} components`);
  }
  const mixture: MixtureParameters = {
    ...{ covarianceType, components, dim: dimensions },
    weights: read('weights', shapes.weights!),
    means: read('means', shapes.means!),
    covariances: read('covariances', shapes.covariances!),
  };
  return { kind, dim, projection, mixture, regCovar };
}

function checkDivisors({ scale, deviations }: Projection, modality: string): void {
  if ([scale, deviations ?? []].some((values) => values.some((value) => !(value > 0)))) {
    throw badModel(`${modality} has a deviation that is not above 0`);
  }
}

type Shapes = Partial<Record<TensorName, number[]>>;

function mixtureShapes({ dim, dimensions: q, components: K, covarianceType }: MixtureDescription): Shapes {
  const covariances = covarianceShape({ covarianceType, components: K, dim: q }, badModel);
  if (!Number.isSafeInteger(dim * q)) throw badModel('it describes a projection of impossible size');
  return {
    ...{ center: [dim], scale: [dim], basis: [q, dim], deviations: [q] },
    ...{ weights: [K], means: [K, q], covariances },
  };
}

function neighbourShapes({ dim, rows }: NeighboursDescription): Shapes {
  return { center: [dim], scale: [dim], rows: [rows, dim] };
}

function tensorsOf(shapes: Shapes, arrays: object): Record<string, TensorData> {
  const tensors: Record<string, TensorData> = {};
  for (const name of TENSOR_NAMES) {
    const data = (arrays as Record<string, unknown>)[name];
    const shape = shapes[name];
    if (!shape) continue;
    if (data instanceof Float64Array) tensors[name] = { shape, dtype: 'float64', data };
    if (data instanceof Float32Array) tensors[name] = { shape, dtype: 'float32', data };
  }
  return tensors;
}
