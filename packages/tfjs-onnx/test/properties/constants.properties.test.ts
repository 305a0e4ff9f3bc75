import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { TensorValues } from '../../src/index.js';
import { compile } from '../../src/index.js';
import { type Input, specsOf, valuesOf } from '../agree.js';
import { bool, broadcastPairs, floats, integers, seeds, smallInteger } from './arbitraries.js';
import { difference } from './operations.js';

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const both: Record<string, Binary> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  floorDiv: tf.floorDiv,
  mod: tf.mod,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  atan2: tf.atan2,
  greater: tf.greater,
  equal: tf.equal,
  where: (a, b) => tf.where(tf.less(a, b), a, b),
  abs: (a) => tf.abs(a),
  square: (a) => tf.square(a),
  sign: (a) => tf.sign(a),
  step: (a) => tf.step(a, 2),
  round: (a) => tf.round(a),
  clip: (a) => tf.clipByValue(a, -2.5, 100),
  'to bool': bool,
  'to int32': (a) => tf.cast(a, 'int32'),
  sum: (a) => tf.sum(a),
  prod: (a) => tf.prod(tf.clipByValue(a, -2, 2)),
  mean: (a) => tf.mean(a),
  max: (a) => tf.max(a),
  min: (a) => tf.min(a),
  all: (a) => tf.all(bool(a)),
  any: (a) => tf.any(bool(a)),
  argMax: (a) => tf.argMax(tf.reshape(a, [a.size])),
  reverse: (a) => tf.reverse(a),
  shrunk: (a) =>
    tf.stridedSlice(tf.reshape(a, [1, 1, a.size]), [0, 0, -1], [1, 1, 0], [2, 1, -2], 0, 4, 0, 0, 2),
  topk: (a) => tf.topk(tf.reshape(a, [a.size]), Math.min(2, a.size)).values,
  oneHot: (a) => tf.oneHot(tf.cast(tf.clipByValue(a, -9, 9), 'int32'), 3),
  gather: (a) => tf.gather(tf.reshape(a, [a.size]), [0, a.size - 1]),
  segments: (a) =>
    tf.unsortedSegmentSum(tf.reshape(a, [a.size]), tf.zeros([a.size], 'int32') as tf.Tensor1D, 2),
};

const floating: Record<string, Binary> = {
  pow: tf.pow,
  erf: (a) => tf.erf(a),
  exp: (a) => tf.exp(a),
  expm1: (a) => tf.expm1(a),
  sigmoid: (a) => tf.sigmoid(a),
  softplus: (a) => tf.softplus(a),
  elu: (a) => tf.elu(a),
  tanh: (a) => tf.tanh(a),
  sin: (a) => tf.sin(a),
  log1p: (a) => tf.log1p(a),
  softmax: (a) => tf.softmax(tf.reshape(a, [a.size])),
};

/** Runs operations on tensors given as inputs and on the same ones known while tracing. */
async function expectSame(operations: Record<string, Binary>, inputs: Input[], seed: number): Promise<void> {
  const names = Object.keys(operations);
  const values = valuesOf(inputs, seed);
  const specs = specsOf(inputs);
  const all = ([a, b]: tf.Tensor[]) => names.map((name) => operations[name]!(a!, b!));
  const known = () =>
    all(values.map((data, i) => tf.tensor(data.slice(), inputs[i]!.shape, inputs[i]!.dtype)));
  using asInputs = await compile(all, specs, { threads: 1 });
  using asConstants = await compile(known, [], { threads: 1 });
  const [expected, actual] = [await asInputs.run(values), await asConstants.run([])];
  expect(asConstants.outputShapes).toEqual(asInputs.outputShapes);
  expect(asConstants.outputDtypes).toEqual(asInputs.outputDtypes);
  // Sums in another order, and e^x - 1 in another precision.
  const largest = (data: TensorValues) => Math.max(...Array.from(data, Math.abs).filter((x) => x < 3e38), 0);
  const problems = names.map((name, i) => {
    const summed = name === 'sum' || name === 'mean' || name === 'segments';
    const absolute = summed ? 1e-5 * largest(values[0]!) : 1e-15;
    return difference(actual[i]!, expected[i]!, { label: name, relative: 1e-5, absolute });
  });
  expect(problems.filter(Boolean)).toEqual([]);
}

test('what is computed while tracing is what the graph would compute', async () => {
  await fc.assert(
    fc.asyncProperty(broadcastPairs(3), seeds, async ([a, b], [first, second, third]) => {
      fc.pre([...a, ...b].every((extent) => extent > 0));
      await expectSame({ ...both, ...floating }, [floats(a), floats(b)], first!);
      await expectSame(both, [integers(a), integers(b)], second!);
      await expectSame(
        { ...both, ...floating },
        [
          { ...floats(a), range: [-3, 3] },
          { shape: [...b], draw: smallInteger },
        ],
        third!,
      );
    }),
    { numRuns: 12, seed: 1 },
  );
});
