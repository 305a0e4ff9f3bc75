import * as tf from '@tensorflow/tfjs';
import { supportedKernels, trace } from '../src/index.js';
import { expectAgreement, specsOf, withGradients } from './agree.js';
import { groups } from './cases/index.js';
import { checkModel, readModel } from './onnx-schema.js';

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

test('the graph of every case keeps to the format', () => {
  for (const { fn, inputs, gradients = [] } of Object.values(groups).flat()) {
    checkModel(readModel(trace(withGradients(fn, gradients), specsOf(inputs)).toBytes()));
  }
});
