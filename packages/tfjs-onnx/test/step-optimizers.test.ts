import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import { adamwUpdate, clipByGlobalNorm, compile, compileStep, sgdUpdate } from '../src/index.js';
import { normals } from './step-problems.js';
import { clipFactor, type Element, type Rule, updated } from './step-reference.js';

const engines = ['onnx', 'wasm', 'cpu'] as const;

/** Slopes of the valleys: from flat ones to steep ones. */
const slopes = Float32Array.of(0.01, 0.3, 1, 3, 0.1, 0.7);

/** ½·Σ slopeᵢ·(wᵢ - xᵢ)², whose gradient is slopeᵢ·(wᵢ - xᵢ); the last two elements are a parameter apart. */
const valley = () => {
  const start = normals(6, 5);
  return {
    params: {
      a: { shape: [2, 2], data: start.slice(0, 4) },
      b: { shape: [2], data: start.slice(4), learningRateScale: 0.5, decay: false },
    },
    inputs: [{ shape: [6], dtype: 'float32' as const }],
    loss: ({ a, b }: Record<'a' | 'b', tf.Tensor>, [x]: tf.Tensor[]) => {
      const w = tf.concat([tf.reshape(a, [4]), b]);
      return tf.mul(0.5, tf.sum(tf.mul(tf.tensor1d(slopes), tf.square(tf.sub(w, x!)))));
    },
  };
};

const rules: Rule[] = [
  { name: 'adam' },
  { name: 'adam', beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1 },
  { name: 'adam', beta1: 0, weightDecay: 0.02 },
  { name: 'adamw' },
  { name: 'adamw', beta1: 0.8, weightDecay: 0.3 },
  { name: 'sgd' },
  { name: 'sgd', weightDecay: 0.2 },
  { name: 'sgd', momentum: 0.9, weightDecay: 0.01 },
  { name: 'sgd', momentum: 0.9, dampening: 0.4 },
  { name: 'sgd', momentum: 0.7, nesterov: true, weightDecay: 0.05 },
];

describe.each(engines)('on %s', (engine) => {
  test.each(rules.map((rule) => [JSON.stringify(rule), rule] as const))(
    '%s follows its definition over 60 steps, with clipping, per-parameter rates and decay',
    async (_, rule) => {
      using step = await compileStep({ ...valley(), optimizer: rule, clipNorm: 2, engine });
      let exact: Element[] = [...normals(6, 5)].map((w) => ({ w, m: 0, v: 0 }));
      let clips = 0;
      for (let n = 1; n <= 60; n++) {
        const x = normals(6, 50 + n, n % 3 === 0 ? 4 : 0.5);
        const rate = 0.02 + 0.001 * n;
        const gradients = exact.map(({ w }, i) => slopes[i]! * (w - x[i]!));
        const { norm, factor } = clipFactor(gradients, 2);
        if (factor < 1) clips++;
        const loss = exact.reduce((sum, { w }, i) => sum + 0.5 * slopes[i]! * (w - x[i]!) ** 2, 0);
        const result = await step.run([x], { learningRate: rate });
        expectClose([result.loss, result.gradientNorm!], [loss, norm], {
          relative: 2e-5,
          label: `step ${n}`,
        });
        exact = exact.map((element, i) =>
          i < 4
            ? updated(element, factor * gradients[i]!, rate, n, rule)
            : updated(element, factor * gradients[i]!, 0.5 * rate, n, { ...rule, weightDecay: 0 }),
        );
      }
      expect(clips).toBeGreaterThan(5);
      expect(clips).toBeLessThan(55);
      const { parameters, moments } = step.state();
      const tolerance = { relative: 2e-5, absolute: 2e-6 };
      const of = (key: keyof Element) => exact.map((element) => element[key]);
      const joined = (prefix: string) => [...moments[`${prefix}/a`]!.data, ...moments[`${prefix}/b`]!.data];
      expectClose([...parameters.a!.data, ...parameters.b!.data], of('w'), tolerance);
      if (rule.name !== 'sgd') {
        expectClose(joined('m'), of('m'), tolerance);
        expectClose(joined('v'), of('v'), tolerance);
      } else if (rule.momentum) expectClose(joined('velocity'), of('m'), tolerance);
      else expect(moments).toEqual({});
    },
  );
});

test('the first step of Adam is the learning rate, whatever the size of the gradient', async () => {
  using step = await compileStep({
    params: { w: { shape: [5], data: new Float32Array(5) } },
    inputs: [{ shape: [5], dtype: 'float32' }],
    loss: ({ w }, [g]) => tf.sum(tf.mul(w, g!)),
    optimizer: 'adam',
  });
  await step.run([Float32Array.of(1e-4, -1e-2, 1, -1e3, 1e6)], { learningRate: 0.25 });
  expectClose(step.parameters().w!.data, [-0.25, 0.25, -0.25, 0.25, -0.25], { relative: 2e-4 });
  // Not quite: epsilon 1e-8 beside a gradient of 1e-4.
  expectClose(step.parameters().w!.data.slice(0, 1), [-0.25 / (1 + 1e-4)], { relative: 2e-6 });
});

test('bias correction stays exact over thousands of steps', async () => {
  using step = await compileStep({
    params: { w: { shape: [1], data: new Float32Array(1) } },
    inputs: [],
    loss: ({ w }) => tf.sum(w),
    optimizer: { name: 'adam', epsilon: 1e-12 },
  });
  // A constant gradient of 1 makes both corrected moments 1 at every step, so that each step is the learning rate.
  for (let i = 0; i < 3000; i++) await step.run([], { learningRate: 2 ** -10 });
  expectClose(step.parameters().w!.data, [-3000 / 1024], { relative: 1e-5 });
});

test('an infinite clip norm only measures', async () => {
  using plain = await compileStep({ ...valley(), optimizer: 'adam' });
  using measured = await compileStep({ ...valley(), optimizer: 'adam', clipNorm: Infinity });
  for (let n = 0; n < 4; n++) {
    const batch = [normals(6, n)];
    const { gradientNorm, ...rest } = await measured.run(batch, { learningRate: 0.1 });
    expect(await plain.run(batch, { learningRate: 0.1 })).toEqual(rest);
    expect(gradientNorm).toBeGreaterThan(0);
  }
  expect(measured.state()).toEqual(plain.state());
});

test('a learning rate scale of 0 freezes a parameter', async () => {
  const { params, ...rest } = valley();
  using step = await compileStep({
    ...rest,
    params: { ...params, b: { ...params.b, learningRateScale: 0 } },
    optimizer: 'adamw',
  });
  for (let i = 0; i < 3; i++) await step.run([normals(6, i)], { learningRate: 0.1 });
  expect(step.parameters().b!.data).toEqual(params.b.data);
  expect(step.parameters().a!.data).not.toEqual(params.a.data);
});

test.each(engines)(
  'clipByGlobalNorm on %s scales to the norm, leaves small gradients and zeros alone',
  async (engine) => {
    const specs = [
      { shape: [2], dtype: 'float32' },
      { shape: [1, 2], dtype: 'float32' },
    ] as const;
    using f = await compile(
      (inputs) => {
        const { gradients, norm } = clipByGlobalNorm(inputs, 1.5);
        return [...gradients, norm, clipByGlobalNorm(inputs, Infinity).norm];
      },
      specs,
      { engine },
    );
    const large = await f.run([Float32Array.of(2, 4), Float32Array.of(-4, 8)]);
    expectClose([...large[0]!, ...large[1]!], [0.3, 0.6, -0.6, 1.2], { relative: 1e-5 });
    expect([...large[2]!, ...large[3]!]).toEqual([10, 10]);
    const small = [Float32Array.of(0.25, 0), Float32Array.of(-0.5, 1)];
    expect((await f.run(small)).slice(0, 2)).toEqual(small);
    const zeros = await f.run([new Float32Array(2), new Float32Array(2)]);
    expect(zeros.flatMap((values) => [...values])).toEqual([0, 0, 0, 0, 0, 0]);
  },
);

test('the updates can be used alone, with plain numbers', () => {
  const [weight, gradient, zero] = [tf.tensor1d([1, -2]), tf.tensor1d([0.5, 4]), tf.zeros([2])];
  const plain = sgdUpdate({ weight, gradient, learningRate: 0.1, weightDecay: 0.5 });
  expectClose(plain.weight.dataSync(), [0.9, -2.3], { relative: 1e-6 });
  expect(plain.velocity).toBeUndefined();
  const velocity = tf.tensor1d([1, 1]);
  const options = { weight, gradient, velocity, learningRate: 0.1, momentum: 0.5, dampening: 0.2 };
  expectClose(sgdUpdate({ ...options, step: 2 }).velocity!.dataSync(), [0.9, 3.7], { relative: 1e-6 });
  expectClose(sgdUpdate({ ...options, step: 1 }).velocity!.dataSync(), [1, 4.5], { relative: 1e-6 });
  const next = adamwUpdate({ weight, gradient, m: zero, v: zero, learningRate: 0.1, step: 1 });
  expectClose(next.weight.dataSync(), [0.899, -2.098], { relative: 1e-6 });
  expectClose(next.m.dataSync(), [0.05, 0.4], { relative: 1e-6 });
  expectClose(next.v.dataSync(), [0.00025, 0.016], { relative: 1e-6 });
});
