import * as tf from '@tensorflow/tfjs';
import { supportedKernels, trace } from '../src/index.js';
import { expectAgreement, specsOf, withGradients } from './agree.js';
import { convolutions } from './cases/convolutions.js';
import { elementwise } from './cases/elementwise.js';
import { images } from './cases/images.js';
import { indexing } from './cases/indexing.js';
import { matrices } from './cases/matrices.js';
import { pooling } from './cases/pooling.js';
import { reductions } from './cases/reductions.js';
import { shapes } from './cases/shapes.js';
import { sparse } from './cases/sparse.js';

const groups = {
  elementwise,
  reductions,
  matrices,
  shapes,
  indexing,
  convolutions,
  pooling,
  images,
  sparse,
};

describe.each(Object.entries(groups))(
  '%s agree with the tfjs cpu backend, gradients included',
  (_group, cases) => {
    test.each(cases)('$name', async ({ fn, inputs, ...agreement }) => {
      await expectAgreement(fn, inputs, agreement);
    });
  },
);

test('every supported kernel is used by a case above', () => {
  const seen = new Set<string>(['RobustaRandomWords', 'RobustaRandomUniform']);
  trace(([t]) => [t!], specsOf([{ shape: [2] }])); // registers the kernels
  for (const name of supportedKernels()) {
    const config = tf.getKernel(name, 'robusta-trace');
    const original = config.kernelFunc;
    config.kernelFunc = (call) => {
      seen.add(name);
      return original(call);
    };
  }
  for (const { fn, inputs, gradients = [] } of Object.values(groups).flat()) {
    trace(withGradients(fn, gradients), specsOf(inputs));
  }
  expect(supportedKernels().filter((name) => !seen.has(name))).toEqual([]);
});
