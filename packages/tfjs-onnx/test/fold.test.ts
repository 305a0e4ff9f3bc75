import * as tf from '@tensorflow/tfjs';
import { compile, randomUniform, type TensorFunction, trace } from '../src/index.js';
import { checkModel, readModel } from './onnx-schema.js';

const x = { shape: [2, 3], dtype: 'float32', name: 'x' } as const;
const table = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);

/** Operators of a traced function, which ONNX Runtime must compute as tfjs's cpu backend does. */
async function operatorsOf(fn: TensorFunction): Promise<Record<string, number>> {
  const graph = trace(fn, [x]);
  checkModel(readModel(graph.toBytes()));
  const input = Float32Array.of(0.5, -1.25, 2, 3, -0.75, 1);
  const [onnx, cpu] = await Promise.all(
    (['onnx', 'cpu'] as const).map(async (engine) => {
      const compiled = await compile(fn, [x], { engine });
      const outputs = await compiled.run([input]);
      compiled.dispose();
      return outputs;
    }),
  );
  for (const [i, output] of onnx!.entries()) {
    for (const [j, value] of output.entries()) expect(value).toBeCloseTo(cpu![i]![j]!, 5);
  }
  return { ...graph.operators };
}

test.each<[string, TensorFunction]>([
  ['transpose', ([t]) => [tf.mul(t!, tf.transpose(tf.reshape(table(), [3, 2])))]],
  [
    'transpose of three axes',
    ([t]) => [tf.mul(t!, tf.sum(tf.transpose(tf.reshape(tf.range(0, 6), [1, 2, 3]), [1, 2, 0]), 2))],
  ],
  ['slice', ([t]) => [tf.mul(t!, tf.slice(table(), [1, 0], [1, 3]))]],
  ['strided slice', ([t]) => [tf.mul(t!, tf.stridedSlice(table(), [1, 2], [-3, -4], [-1, -1]))]],
  ['reverse', ([t]) => [tf.mul(t!, tf.reverse(table(), 1))]],
  ['concat', ([t]) => [tf.mul(t!, tf.concat([table().slice([0, 1]), tf.ones([2, 1])], 1))]],
  ['cast', ([t]) => [tf.mul(t!, tf.cast(tf.tensor2d([1, 0, 2], [1, 3], 'int32'), 'float32'))]],
  ['gather', ([t]) => [tf.mul(t!, tf.gather(table(), tf.tensor1d([1, 0], 'int32')))]],
  ['one-hot', ([t]) => [tf.mul(t!, tf.oneHot(tf.tensor1d([2, 0], 'int32'), 3))]],
  ['arithmetic', ([t]) => [tf.mul(t!, tf.exp(tf.neg(tf.abs(tf.sub(table(), 3)))))]],
  ['reductions', ([t]) => [tf.mul(t!, tf.sub(tf.max(table(), 0), tf.mean(table(), 1, true)))]],
  ['sum of ones', ([t]) => [tf.mul(t!, tf.sum(tf.ones([50, 3]), 0))]],
  [
    'a choice known beforehand',
    ([t]) => [tf.mul(t!, tf.where(tf.greater(table(), 3), table(), tf.zeros([2, 3])))],
  ],
])('%s of constants is done while tracing', async (_, fn) => {
  expect(await operatorsOf(fn)).toEqual({ Mul: 1 });
});

test('positions, distances and kernels made of ranges become one constant', () => {
  const graph = trace(
    ([t]) => {
      const at = tf.range(0, 40);
      const near = tf.exp(tf.mul(tf.abs(tf.sub(tf.expandDims(at, 1), at)), -0.5));
      return [tf.matMul(near as tf.Tensor2D, t as tf.Tensor2D)];
    },
    [{ shape: [40, 3], dtype: 'float32' }],
  );
  expect(graph.operators).toEqual({ MatMul: 1 });
  expect(readModel(graph.toBytes()).graph.initializer.map(({ dims }) => dims)).toEqual([[40, 40]]);
});

test('repeated elements are never written out for the sake of it', () => {
  const graph = trace(
    ([t]) => {
      const big = tf.mul(tf.sqrt(tf.fill([1000, 1000], 9)), tf.ones([1000, 1]));
      return [tf.mul(tf.sum(big), t!), tf.mul(tf.sum(tf.add(big, tf.range(0, 1000)), 0), t!)];
    },
    [{ shape: [1000], dtype: 'float32' }],
  );
  expect(graph.toBytes().length).toBeLessThan(20_000);
});

test('large results stay operations', () => {
  const graph = trace(
    ([t]) => [tf.matMul(tf.outerProduct(tf.range(0, 3000), tf.range(1, 3001)), t as tf.Tensor2D)],
    [{ shape: [3000, 1], dtype: 'float32' }],
  );
  expect(graph.toBytes().length).toBeLessThan(50_000);
});

test('random numbers are drawn in every run, also from a constant seed', () => {
  const draw: TensorFunction = ([t]) => [tf.add(t!, randomUniform([2, 3], tf.scalar(1, 'int32'), 0))];
  expect(trace(draw, [x]).operators.BitwiseXor).toBeGreaterThan(0);
});

test('NaN is left to the engine', () => {
  const graph = trace(([t]) => [tf.add(t!, tf.maximum(tf.tensor1d([Number.NaN, 1, 2]), 0))], [x]);
  expect(graph.operators).toEqual({ Max: 1, Add: 1 });
});

test.each<[string, TensorFunction, Record<string, number>]>([
  ['inverse transposes', ([t]) => [tf.exp(tf.transpose(tf.transpose(t!)))], { Exp: 1 }],
  [
    'consecutive transposes',
    ([t]) => [tf.transpose(tf.transpose(tf.reshape(t!, [1, 2, 3]), [2, 1, 0]), [1, 0, 2])],
    { Reshape: 1 },
  ],
  [
    'a transpose that moves nothing',
    ([t]) => [tf.transpose(tf.reshape(t!, [2, 1, 3]), [1, 0, 2])],
    { Reshape: 1 },
  ],
  ['double negation', ([t]) => [tf.exp(tf.neg(tf.neg(t!)))], { Exp: 1 }],
  ['adding a negative', ([t]) => [tf.add(t!, tf.neg(tf.exp(t!)))], { Exp: 1, Sub: 1 }],
  ['subtracting a negative', ([t]) => [tf.sub(t!, tf.neg(tf.exp(t!)))], { Exp: 1, Add: 1 }],
  ['slices of slices', ([t]) => [tf.slice(tf.slice(t!, [0, 1], [2, 2]), [1, 1], [1, 1])], { Slice: 1 }],
  ['parts joined again', ([t]) => [tf.exp(tf.concat(tf.split(t!, 3, 1), 1))], { Exp: 1 }],
  ['neighbouring parts joined', ([t]) => [tf.concat(tf.split(t!, 3, 1).slice(1), 1)], { Slice: 1 }],
  ['parts in another order', ([t]) => [tf.concat(tf.split(t!, 3, 1).reverse(), 1)], { Slice: 3, Concat: 1 }],
  [
    'casts between',
    ([t]) => [tf.cast(tf.cast(tf.greater(t!, 0), 'int32'), 'float32')],
    { Greater: 1, Cast: 1 },
  ],
  [
    'casts back',
    ([t]) => [tf.where(tf.cast(tf.cast(tf.greater(t!, 0), 'float32'), 'bool'), t!, tf.neg(t!))],
    { Greater: 1, Neg: 1, Where: 1 },
  ],
])('%s leave no more than they need', async (_, fn, operators) => {
  expect(await operatorsOf(fn)).toEqual(operators);
});

test('casts that lose digits stay', async () => {
  const fn: TensorFunction = ([t]) => [tf.cast(tf.cast(t!, 'int32'), 'float32')];
  expect((await operatorsOf(fn)).Cast).toBeGreaterThanOrEqual(2);
});

test('a sum over many rows is a product with ones', async () => {
  const fn: TensorFunction = ([t]) => [tf.sum(t!, [0, 1]), tf.sum(t!, 0, true)];
  const spec = { shape: [64, 65, 20], dtype: 'float32' } as const;
  const graph = trace(fn, [spec]);
  checkModel(readModel(graph.toBytes()));
  expect(graph.operators.ReduceSum).toBeUndefined();
  const input = Float32Array.from({ length: 64 * 65 * 20 }, (_, i) => Math.sin(i));
  const [onnx, cpu] = await Promise.all(
    (['onnx', 'cpu'] as const).map(async (engine) => {
      const compiled = await compile(fn, [spec], { engine });
      const outputs = await compiled.run([input]);
      compiled.dispose();
      return outputs;
    }),
  );
  for (const [i, output] of onnx!.entries()) {
    expect(output.length).toBe(cpu![i]!.length);
    // Sums of thousands of terms that cancel: against the size of the terms, not of the sum.
    for (const [j, value] of output.entries()) expect(Math.abs(value - cpu![i]![j]!)).toBeLessThan(1e-3);
  }
});
