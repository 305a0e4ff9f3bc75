import * as tf from '@tensorflow/tfjs';
import { InferenceSession } from 'onnxruntime-node';
import { type TensorFunction, type TraceOptions, trace } from '../src/index.js';
import { checkModel, readModel } from './onnx-schema.js';

const x = { shape: [2, 3], dtype: 'float32', name: 'x' } as const;

test('a training step is a valid graph that ONNX Runtime loads', async () => {
  const step: TensorFunction = ([data, weight]) => {
    const { value, grads } = tf.valueAndGrads((w: tf.Tensor) =>
      tf.mean(tf.square(tf.relu(tf.matMul(data as tf.Tensor2D, w as tf.Tensor2D)))),
    )([weight!]);
    return [value, tf.sub(weight!, tf.mul(grads[0]!, 0.1))];
  };
  const graph = trace(step, [x, { shape: [3, 4], dtype: 'float32' }], {
    outputNames: ['loss', 'weight'],
    name: 'step',
    metadata: { purpose: 'test' },
  });
  const bytes = graph.toBytes();
  const model = readModel(bytes);
  checkModel(model);
  expect(model.graph.name).toBe('step');
  expect(model.metadata_props).toEqual([{ key: 'purpose', value: 'test' }]);
  const port = ({ name, type }: (typeof model.graph.input)[0]) => [
    name,
    type.tensor_type.elem_type,
    type.tensor_type.shape.dim.map((dim) => dim.dim_value),
  ];
  expect(model.graph.input.map(port)).toEqual([
    ['x', 1, [2, 3]],
    ['input_1', 1, [3, 4]],
  ]);
  expect(model.graph.output.map(port)).toEqual([
    ['loss', 1, []],
    ['weight', 1, [3, 4]],
  ]);
  expect(graph.outputs).toEqual([
    { name: 'loss', shape: [], dtype: 'float32' },
    { name: 'weight', shape: [3, 4], dtype: 'float32' },
  ]);
  const counted: Record<string, number> = {};
  for (const { op_type } of model.graph.node) counted[op_type] = (counted[op_type] ?? 0) + 1;
  expect(graph.operators).toEqual(counted);
  const session = await InferenceSession.create(bytes);
  expect(session.inputNames).toEqual(['x', 'input_1']);
  await session.release();
});

test('the bytes are the same every time', () => {
  const fn: TensorFunction = ([t]) => [
    tf.softmax(t!),
    tf.sum(tf.mul(t!, tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]))),
  ];
  expect(trace(fn, [x]).toBytes()).toEqual(trace(fn, [x]).toBytes());
});

test('equal expressions and equal constants are written once, unused ones never', () => {
  const graph = trace(
    ([t]) => {
      const constant = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
      tf.exp(t!);
      return [tf.add(tf.sin(tf.mul(t!, constant())), tf.sin(tf.mul(constant(), t!)))];
    },
    [x],
  );
  expect(graph.operators).toEqual({ Mul: 1, Sin: 1, Add: 1 });
  expect(readModel(graph.toBytes()).graph.initializer).toHaveLength(1);
});

test('constants differing in type, shape, sign of zero or one bit stay apart', async () => {
  const graph = trace(
    ([t]) => [
      tf.mul(t!, tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])),
      tf.mul(t!, tf.tensor2d([1, 2, 3, 4, 5, 6.000001], [2, 3])),
      tf.reshape(tf.mul(tf.reshape(t!, [3, 2]), tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2])), [2, 3]),
      tf.div(t!, tf.tensor2d([0, -0, 0, 0, 0, 0], [2, 3])),
    ],
    [x],
  );
  expect(
    readModel(graph.toBytes()).graph.initializer.filter(({ data_type }) => data_type === 1),
  ).toHaveLength(4);
});

test('multiplying by ones and adding zeros leaves no node behind', () => {
  const graph = trace(([t]) => [tf.add(tf.mul(t!, tf.ones([2, 3])), tf.zeros([3]))], [x]);
  expect(graph.operators).toEqual({ Identity: 1 });
});

test('the gradient of a mean is not written out', () => {
  const graph = trace(
    ([t]) => [tf.grads((a: tf.Tensor) => tf.sum(tf.mean(tf.square(a), 1)))([t!])[0]!],
    [{ shape: [100, 200], dtype: 'float32' }],
  );
  expect(graph.operators).toEqual({ Mul: 2 });
  expect(graph.toBytes().length).toBeLessThan(1000);
});

test('long constants of equal elements are stored as one element', () => {
  const graph = trace(([t]) => [tf.concat([t!, tf.fill([1000, 3], 7)], 0)], [x]);
  expect(graph.toBytes().length).toBeLessThan(1000);
});

test('inputs, constants and repeated values may be outputs', async () => {
  const fn: TensorFunction = ([t]) => {
    const root = tf.sqrt(t!);
    return [t!, root, root, tf.scalar(3), tf.greater(t!, 1)];
  };
  const graph = trace(fn, [x]);
  checkModel(readModel(graph.toBytes()));
  expect(graph.outputs.map(({ dtype }) => dtype)).toEqual([
    'float32',
    'float32',
    'float32',
    'float32',
    'int32',
  ]);
});

test.each([
  [{ outputNames: ['a', 'a'] }, 'BAD_OPTION'],
  [{ outputNames: ['x', 'y'] }, 'BAD_OPTION'],
  [{ outputNames: ['a'] }, 'BAD_OPTION'],
  [{ outputNames: ['', 'b'] }, 'BAD_OPTION'],
  [{ unknown: 1 }, 'BAD_OPTION'],
])('options %p are refused', (options, code) => {
  expect(() => trace(([t]) => [tf.exp(t!), tf.sin(t!)], [x], options as TraceOptions)).toThrow(
    expect.objectContaining({ code }),
  );
});

test('given names are never taken by inner values', () => {
  const graph = trace(([t]) => [tf.exp(tf.sin(t!))], [{ ...x, name: 'v0' }], { outputNames: ['v1'] });
  checkModel(readModel(graph.toBytes()));
});
