import type { TensorData } from '@robusta/tensor-io';
import { z } from 'zod';
import { GaussianMixture } from './mixture.js';
import {
  badModelOf,
  checkedTensor,
  covarianceShape,
  decodeModelFile,
  encodeModelFile,
} from './model-bytes.js';
import { CovarianceTypeSchema } from './options.js';

const Size = z.number().int().min(1);
const DescriptionSchema = z.strictObject({
  covarianceType: CovarianceTypeSchema,
  components: Size,
  dim: Size,
});
const badModel = badModelOf('Gaussian mixture', 'saveGaussianMixture');
const FORMAT = {
  format: 'robusta-gaussian-mixture',
  version: '1',
  key: 'mixture',
  description: DescriptionSchema,
  bad: badModel,
};

/** The bytes of a `.safetensors` file that holds the mixture; equal mixtures give equal bytes. */
export function encodeGaussianMixture(mixture: GaussianMixture): Uint8Array {
  const { covarianceType, components, dim, weights, means, covariances, frame } = mixture;
  const description = { covarianceType, components, dim };
  const arrays = { weights, means, covariances, origin: frame.origin, offsets: frame.means };
  const tensors: Record<string, TensorData> = {};
  for (const [name, shape] of Object.entries(tensorShapes(description))) {
    tensors[name] = { shape, dtype: 'float64', data: arrays[name as keyof typeof arrays] };
  }
  return encodeModelFile(FORMAT, description, tensors);
}

/**
 * The mixture in the bytes of a file; nothing in them is trusted.
 * @throws BAD_MODEL for anything that is not a complete mixture with usable numbers
 */
export function decodeGaussianMixture(bytes: Uint8Array): GaussianMixture {
  const { description, tensors } = decodeModelFile(bytes, FORMAT);
  const shapes = tensorShapes(description);
  const extra = Object.keys(tensors).find((name) => !Object.hasOwn(shapes, name));
  if (extra !== undefined) throw badModel(`it has a tensor ${JSON.stringify(extra)} that belongs to nothing`);
  const read = (name: keyof typeof shapes) =>
    checkedTensor(tensors[name], { name, dtype: 'float64', shape: shapes[name] }, badModel) as Float64Array;
  const parameters = {
    ...description,
    ...{ weights: read('weights'), means: read('means'), covariances: read('covariances') },
  };
  return new GaussianMixture(parameters, { origin: read('origin'), means: read('offsets') });
}

/** `offsets` are the means minus `origin`, which hold more of their digits. */
function tensorShapes(description: z.output<typeof DescriptionSchema>) {
  const { components: K, dim: d } = description;
  const covariances = covarianceShape(description, badModel);
  return { weights: [K], means: [K, d], covariances, origin: [d], offsets: [K, d] };
}
