import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import {
  compileStep,
  type LossValue,
  type LossWithBuffers,
  type StepDefinition,
  traceStep,
} from '../src/index.js';

const momentum = 0.25;
const f32 = (...shape: number[]) => ({ shape, dtype: 'float32' as const });

/** Fits w to the rows of a batch, and follows their mean with a momentum; the number of steps is counted besides. */
function following(): StepDefinition {
  return {
    params: { w: { shape: [3], data: Float32Array.of(1, 2, 3) } },
    buffers: {
      'mean/of rows': { shape: [3], data: Float32Array.of(10, 20, 30) },
      count: { shape: [], data: Float32Array.of(5) },
    },
    inputs: [f32(4, 3)],
    optimizer: 'sgd',
    loss({ w }, [x], { buffers }) {
      const mean = tf.mean(x!, 0);
      const before = buffers['mean/of rows']!;
      // The gradient of the buffer's next value must not reach w.
      const next = tf.add(tf.mul(before, 1 - momentum), tf.mul(mean, momentum));
      const total = tf.sum(tf.mul(w!, mean)) as tf.Scalar;
      return {
        loss: { total, before: tf.sum(before) as tf.Scalar },
        buffers: { 'mean/of rows': tf.add(next, tf.mul(w!, 0)), count: tf.add(buffers.count!, 1) },
      };
    },
  };
}

const batchAt = (step: number) => Float32Array.from({ length: 12 }, (_, i) => Math.sin(i + 12 * step));
const meanOf = (batch: Float32Array) =>
  [0, 1, 2].map((c) => [0, 1, 2, 3].reduce((sum, r) => sum + batch[3 * r + c]!, 0) / 4);

describe.each(['onnx', 'cpu'] as const)('buffers on %s', (engine) => {
  test('are carried from step to step, and do not change the gradient', async () => {
    using step = await compileStep({ ...following(), engine });
    const mean = [10, 20, 30];
    const w = [1, 2, 3];
    for (let i = 0; i < 4; i++) {
      const batch = batchAt(i);
      const own = meanOf(batch);
      const { loss, terms } = await step.run([batch], { learningRate: 0.5 });
      expectClose([loss], [w.reduce((sum, value, c) => sum + value * own[c]!, 0)], { absolute: 1e-5 });
      expectClose([terms.before!], [mean[0]! + mean[1]! + mean[2]!], { relative: 1e-6 });
      for (const c of [0, 1, 2]) {
        mean[c] = (1 - momentum) * mean[c]! + momentum * own[c]!;
        w[c]! -= 0.5 * own[c]!;
      }
      expectClose(step.parameters().w!.data, w, { absolute: 1e-5 });
      const { 'mean/of rows': rows, count } = step.buffers();
      expect(rows!.shape).toEqual([3]);
      expectClose(rows!.data, mean, { relative: 1e-6 });
      expect(count).toEqual({ shape: [], data: Float32Array.of(6 + i) });
    }
  });

  test('belong to the state', async () => {
    using whole = await compileStep({ ...following(), engine });
    await whole.run([batchAt(0)], { learningRate: 0.1 });
    const saved = whole.state();
    expect(Object.keys(saved.buffers!)).toEqual(['mean/of rows', 'count']);
    await whole.run([batchAt(1)], { learningRate: 0.1 });
    using other = await compileStep({ ...following(), engine });
    other.restore(saved);
    await other.run([batchAt(1)], { learningRate: 0.1 });
    expect(other.state()).toEqual(whole.state());
    const { buffers, ...without } = saved;
    expect(buffers).toBeDefined();
    expect(() => other.restore(without)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining('count is missing') }),
    );
  });
});

test('are an input and an output of the graph', () => {
  const graph = traceStep(following());
  expect(graph.inputs.map(({ name }) => name)).toContain('state/buffers');
  expect(graph.outputs.find(({ name }) => name === 'next/buffers')!.shape).toEqual([4]);
});

test('a step without buffers has none', async () => {
  using step = await compileStep({
    params: { w: { shape: [3], data: new Float32Array(3) } },
    inputs: [f32(3)],
    optimizer: 'sgd',
    loss: ({ w }, [x]) => tf.sum(tf.mul(w!, x!)),
  });
  expect(step.buffers()).toEqual({});
  expect(step.state().buffers).toBeUndefined();
});

test.each<[string, (result: LossWithBuffers) => LossValue | LossWithBuffers]>([
  ['{ loss, buffers }', ({ loss }) => loss],
  ['buffer count', ({ loss, buffers: { count: _, ...rest } }) => ({ loss, buffers: rest })],
  ['buffer count', ({ loss, buffers }) => ({ loss, buffers: { ...buffers, count: tf.zeros([2]) } })],
])('a loss that does not give the %s is refused', async (what, change) => {
  const { loss, ...rest } = following();
  const changed = {
    ...rest,
    loss: (...args: Parameters<typeof loss>) => change(loss(...args) as LossWithBuffers),
  };
  await expect(compileStep(changed)).rejects.toMatchObject({
    code: 'BAD_INPUT',
    message: expect.stringContaining(what),
  });
});

test('initial buffers are checked', async () => {
  const definition = following();
  const nan = { shape: [], data: Float32Array.of(Number.NaN) };
  await expect(compileStep({ ...definition, buffers: { count: nan } })).rejects.toMatchObject({
    code: 'NON_FINITE',
    message: expect.stringContaining('buffer count'),
  });
});
