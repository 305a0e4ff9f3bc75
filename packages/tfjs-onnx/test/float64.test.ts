import { z } from 'zod';
import { createOnnxSession, finishGraph, GraphBuilder, sessionFields } from '../src/onnx.js';

/** 1 + 2⁻⁴⁰ needs 41 bits: float32 keeps 24. */
const NEAR_ONE = 1 + 2 ** -40;

test('a graph that is written node by node computes in float64', async () => {
  const builder = new GraphBuilder();
  const rows = builder.input('float64', [1, 2], ['n', 2]);
  const weights = builder.constant('float64', [2, 1], [NEAR_ONE, -1]);
  const product = builder.node('MatMul', [rows, weights], 'float64', [1, 1]);
  const names = {
    ...{ name: 'product', inputs: ['rows'], outputs: ['product'], metadata: {} },
    outputExtents: [['n', 1]],
  };
  const graph = finishGraph<'float64'>(builder, [product], names);
  expect(graph.inputs).toEqual([{ name: 'rows', shape: ['n', 2], dtype: 'float64' }]);
  const session = await createOnnxSession(graph, z.strictObject(sessionFields).parse({}));
  const wanted = [2 ** -40, 2 ** -39, NEAR_ONE];
  expect(await session.run([Float64Array.of(1, 1, 2, 2, 1, 0)], undefined, { n: 3 })).toEqual([
    Float64Array.from(wanted),
  ]);
  await session.release();
});
