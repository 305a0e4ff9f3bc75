import { expectClose } from '@robusta/test-kit';
import * as tf from '@tensorflow/tfjs';
import { compileStep, type StepDefinition, type TrainingStep, traceStep } from '../src/index.js';
import { batchOf, leastSquares, line, perceptron, rows } from './step-problems.js';

const engines = ['onnx', 'wasm', 'cpu'] as const;
const adam = { optimizer: 'adam' } as const;

/** A table of rows, of which a batch names some: an index out of range fails inside the engine, not before it. */
const table = (): StepDefinition<'rows'> => ({
  params: { rows: { shape: [4, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) } },
  inputs: [{ shape: [3], dtype: 'int32', name: 'which' }],
  loss: ({ rows }, [which]) => tf.sum(tf.square(tf.gather(rows, which as tf.Tensor1D))),
  optimizer: 'adam',
});

const bad = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

describe.each(engines)('on %s', (engine) => {
  test('finds the weights of a linear problem', async () => {
    using step = await compileStep({ ...leastSquares(), optimizer: { name: 'sgd', momentum: 0.5 }, engine });
    let loss = Number.NaN;
    for (let i = 0; i < 100; i++) ({ loss } = await step.run(line, { learningRate: 0.1 }));
    expectClose(step.parameters().w!.data, [2, -1], { absolute: 1e-4 });
    expect(loss).toBeLessThan(1e-8);
  });

  test('learns a classification with dropout, and reports its terms', async () => {
    using step = await compileStep({ ...perceptron(), optimizer: 'adamw', clipNorm: 5, engine });
    expect([step.engine, step.steps]).toEqual([engine, 0]);
    const losses: number[] = [];
    for (let i = 0; i < 200; i++) {
      const result = await step.run(batchOf(i), { learningRate: 0.02 });
      losses.push(result.loss);
      expect(result.step).toBe(i + 1);
      expect(Object.keys(result.terms)).toEqual(['activity', 'size']);
      expect(result.gradientNorm).toBeGreaterThan(0);
    }
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(losses.slice(0, 5))).toBeGreaterThan(0.55);
    expect(mean(losses.slice(-20))).toBeLessThan(0.35);
    expect(step.steps).toBe(200);
  });

  test('what a step reports is of the parameters before it; terms do not change the gradient', async () => {
    const { loss, ...rest } = perceptron();
    const alone: typeof loss = (...args) => (loss(...args) as { total: tf.Tensor }).total;
    using step = await compileStep({ ...rest, loss, ...adam, engine });
    using bare = await compileStep({ ...rest, loss: alone, ...adam, engine });
    const before = step.parameters().w1!.data;
    const first = await step.run(batchOf(0), { learningRate: 0.1 });
    const size = before.reduce((sum, w) => sum + w * w, 0) / before.length;
    expectClose([first.terms.size!], [size], { relative: 1e-6 });
    expect(await bare.run(batchOf(0), { learningRate: 0.1 })).toEqual({ ...first, terms: {} });
    expect(bare.parameters()).toEqual(step.parameters());
  });

  test('dropout differs from step to step, repeats with the seed, and follows the base seed', async () => {
    const frozen = (seed?: number) =>
      compileStep({ ...perceptron(), ...adam, engine, ...(seed === undefined ? {} : { seed }) });
    const losses = async (step: TrainingStep, seeds: (number | undefined)[]) => {
      const results: number[] = [];
      for (const seed of seeds) {
        const { loss } = await step.run(batchOf(0), {
          learningRate: 0,
          ...(seed === undefined ? {} : { seed }),
        });
        results.push(loss);
      }
      return results;
    };
    using a = await frozen();
    using b = await frozen();
    using c = await frozen(1);
    const nothing = [undefined, undefined, undefined];
    const own = await losses(a, nothing);
    expect(new Set(own).size).toBe(3);
    expect(await losses(b, nothing)).toEqual(own);
    expect(new Set([...own, ...(await losses(c, nothing))]).size).toBe(6);
    const [first, second, third] = await losses(a, [7, 8, 7]);
    expect(third).toBe(first);
    expect(second).not.toBe(first);
  });

  test('overlapping calls are worked off in order', async () => {
    using step = await compileStep({ ...perceptron(), ...adam, engine });
    using other = await compileStep({ ...perceptron(), ...adam, engine });
    const batches = [0, 1, 2, 3, 4].map((seed) => batchOf(seed));
    const together = await Promise.all(batches.map((batch) => step.run(batch, { learningRate: 0.01 })));
    const apart = [];
    for (const batch of batches) apart.push(await other.run(batch, { learningRate: 0.01 }));
    expect(together).toEqual(apart);
    expect(step.state()).toEqual(other.state());
  });

  test('a step that fails inside the engine leaves everything as it was', async () => {
    using step = await compileStep({ ...table(), engine });
    await step.run([Int32Array.of(0, 1, 1)], { learningRate: 0.1 });
    const before = step.state();
    if (engine !== 'wasm') {
      // tfjs's wasm backend reads whatever lies there.
      await expect(step.run([Int32Array.of(0, 1, 99)], { learningRate: 0.1 })).rejects.toThrow(/9/);
      expect(step.state()).toEqual(before);
    }
    const next = await step.run([Int32Array.of(2, 3, 1)], { learningRate: 0.1 });
    expect(next.step).toBe(2);
  });

  test('an abort is heard before a step, and leaves everything as it was', async () => {
    using step = await compileStep({ ...leastSquares(), ...adam, engine });
    const controller = new AbortController();
    const options = { learningRate: 0.1, signal: controller.signal };
    await step.run(line, options);
    const before = step.state();
    const running = step.run(line, options);
    const waiting = step.run(line, options);
    void running.then(() => controller.abort());
    expect((await running).step).toBe(2);
    await expect(waiting).rejects.toThrow(bad('ABORTED', 'stopped'));
    await expect(step.run(line, options)).rejects.toThrow(bad('ABORTED', 'stopped'));
    expect(step.steps).toBe(2);
    expect(step.state()).not.toEqual(before);
    expect((await step.run(line, { learningRate: 0.1 })).step).toBe(3);
  });

  test('after dispose nothing runs, what was asked for before does, and the result can be read', async () => {
    const step = await compileStep({ ...leastSquares(), ...adam, engine });
    const running = [1, 2].map(() => step.run(line, { learningRate: 0.1 }));
    step.dispose();
    step.dispose();
    expect((await Promise.all(running)).map((result) => result.step)).toEqual([1, 2]);
    await expect(step.run(line, { learningRate: 0.1 })).rejects.toThrow(bad('BAD_INPUT', 'after dispose()'));
    expectClose(step.parameters().w!.data, [0.2, 0.2], { absolute: 0.01 });
    expect(step.state().step).toBe(2);
  });
});

test('the engines agree to 1e-5 over several steps, the same units dropped', async () => {
  const runs = await Promise.all(
    engines.map(async (engine) => {
      using step = await compileStep({ ...perceptron(), ...adam, clipNorm: 0.5, engine });
      const results = [];
      for (let i = 0; i < 8; i++) results.push(await step.run(batchOf(i), { learningRate: 0.01 }));
      return { engine, results, state: step.state() };
    }),
  );
  const cpu = runs.find(({ engine }) => engine === 'cpu')!;
  for (const { engine, results, state } of runs) {
    for (const [i, { loss, terms, gradientNorm }] of results.entries()) {
      const expected = cpu.results[i]!;
      expectClose(
        [loss, gradientNorm!, ...Object.values(terms)],
        [expected.loss, expected.gradientNorm!, ...Object.values(expected.terms)],
        { relative: 1e-5, label: `${engine} step ${i + 1}` },
      );
    }
    for (const [name, { data }] of Object.entries(state.parameters)) {
      const expected = cpu.state.parameters[name]!.data;
      expectClose(data, expected, { relative: 1e-5, absolute: 1e-5, label: `${engine} ${name}` });
    }
  }
});

test('a batch of named dimensions can have any size', async () => {
  using onnx = await compileStep({ ...perceptron('B'), ...adam, clipNorm: 1 });
  using cpu = await compileStep({ ...perceptron('B'), ...adam, clipNorm: 1, engine: 'cpu' });
  using fixed = await compileStep({ ...perceptron(), ...adam, clipNorm: 1 });
  for (const [i, count] of [rows, 5, 40, 1].entries()) {
    const [a, b] = await Promise.all(
      [onnx, cpu].map((step) => step.run(batchOf(i, count), { learningRate: 0.01, dims: { B: count } })),
    );
    expectClose([a!.loss, a!.gradientNorm!], [b!.loss, b!.gradientNorm!], { relative: 1e-5 });
    if (count === rows) {
      const { loss } = await fixed.run(batchOf(i), { learningRate: 0.01 });
      expectClose([a!.loss], [loss], { relative: 1e-6 });
    }
  }
  const [x, y] = batchOf(0) as [Float32Array, Float32Array];
  await expect(onnx.run([x, y.slice(1)], { learningRate: 0.1 })).rejects.toThrow(bad('BAD_INPUT', 'B = 16'));
  expect(onnx.steps).toBe(4);
});

test('the step number and the seed are there for schedules inside the loss', async () => {
  using step = await compileStep({
    params: { w: { shape: [], data: Float32Array.of(1) } },
    inputs: [],
    loss: ({ w }, _, { step: number, seed }) => ({
      total: tf.mul(w, tf.cast(number, 'float32')),
      seed: tf.cast(seed, 'float32'),
    }),
    optimizer: 'sgd',
  });
  await step.run([], { learningRate: 0.5 });
  const { loss, terms } = await step.run([], { learningRate: 0.5, seed: 3 });
  expect([loss, terms.seed]).toEqual([2 * (1 - 0.5), 3]);
});

test('the step as a graph', () => {
  const { inputs, outputs } = traceStep({ ...perceptron(), ...adam, clipNorm: 1 }, { name: 'training' });
  const groups = [`[${6 * 24}]`, '[25]', '[24]'];
  const named = (prefix: string) =>
    ['parameters', 'm', 'v'].flatMap((kind) => groups.map((shape, g) => `${prefix}/${kind}.${g} ${shape}`));
  const lines = (ports: typeof inputs) => ports.map(({ name, shape }) => `${name} [${shape}]`);
  const scalars = ['step/number []', 'step/learning_rate []', 'step/seed []'];
  expect(lines(inputs)).toEqual([...named('state'), ...scalars, 'input_0 [16,6]', 'input_1 [16]']);
  expect(lines(outputs)).toEqual(['terms [3]', 'gradient_norm []', ...named('next')]);
});

describe('errors', () => {
  const w = { shape: [2, 1], data: new Float32Array(2) };
  test.each<[string, object, string, string]>([
    ['an unknown optimizer', { optimizer: 'lion' }, 'BAD_OPTION', 'optimizer'],
    ['an option of another optimizer', { optimizer: { name: 'sgd', beta1: 0.9 } }, 'BAD_OPTION', 'beta1'],
    ['a beta of 1', { optimizer: { name: 'adam', beta1: 1 } }, 'BAD_OPTION', 'optimizer.beta1'],
    ['nesterov without momentum', { optimizer: { name: 'sgd', nesterov: true } }, 'BAD_OPTION', 'momentum'],
    ['a clip norm of 0', { clipNorm: 0 }, 'BAD_OPTION', 'clipNorm'],
    ['a clip norm that is no number', { clipNorm: Number.NaN }, 'BAD_OPTION', 'clipNorm'],
    ['a misspelt option', { clipnorm: 1 }, 'BAD_OPTION', 'clipnorm'],
    ['no parameters', { params: {} }, 'BAD_OPTION', 'at least one parameter'],
    [
      'a parameter of doubles',
      { params: { w: { ...w, data: new Float64Array(2) } } },
      'BAD_OPTION',
      'params.w.data',
    ],
    ['a short parameter', { params: { w: { ...w, shape: [3, 1] } } }, 'BAD_INPUT', 'w has 2 elements'],
    [
      'a NaN',
      { params: { w: { ...w, data: Float32Array.of(1, Number.NaN) } } },
      'NON_FINITE',
      'NaN at element 1',
    ],
    ['no loss', { loss: undefined }, 'BAD_OPTION', 'loss'],
    [
      'a loss of several numbers',
      { loss: ({ w }: { w: tf.Tensor }) => w },
      'BAD_INPUT',
      'total must be a float32 scalar',
    ],
    ['a loss without total', { loss: () => ({ error: tf.scalar(1) }) }, 'BAD_INPUT', 'total must be'],
    ['a parameter that does nothing', { params: { w, u: w } }, 'BAD_INPUT', 'does not depend on u'],
    [
      'names used twice',
      { inputs: leastSquares().inputs.map((spec) => ({ ...spec, name: 'x' })) },
      'BAD_OPTION',
      '"x" twice',
    ],
    ['an input spec without shape', { inputs: [{ dtype: 'float32' }] }, 'BAD_OPTION', 'shape'],
    ['no engine of that name', { engine: 'gpu' }, 'BAD_OPTION', 'engine'],
  ])('%s', async (_, change, code, message) => {
    const definition = { ...leastSquares(), ...adam, ...change } as never;
    await expect(compileStep(definition)).rejects.toThrow(bad(code, message));
  });

  test.each<[string, unknown, unknown, string, string]>([
    ['a learning rate that is no number', line, { learningRate: Number.NaN }, 'BAD_OPTION', 'learningRate'],
    ['an infinite learning rate', line, { learningRate: Infinity }, 'BAD_OPTION', 'learningRate'],
    ['a negative one', line, { learningRate: -1 }, 'BAD_OPTION', 'learningRate'],
    ['none at all', line, undefined, 'BAD_OPTION', 'TrainingStep.run'],
    ['a seed that is no int32', line, { learningRate: 1, seed: 2 ** 31 }, 'BAD_OPTION', 'seed'],
    ['a missing array', line.slice(1), { learningRate: 1 }, 'BAD_INPUT', '2 inputs are needed, received 1'],
    [
      'a short array',
      [line[0], line[1]!.slice(1)],
      { learningRate: 1 },
      'BAD_INPUT',
      'input 1 has 3 elements',
    ],
    [
      'ints for floats',
      [line[0], new Int32Array(4)],
      { learningRate: 1 },
      'BAD_INPUT',
      'must be a Float32Array',
    ],
  ])('%s', async (_, batch, options, code, message) => {
    using step = await compileStep({ ...leastSquares(), ...adam, engine: 'cpu' });
    await expect(step.run(batch as never, options as never)).rejects.toThrow(bad(code, message));
    expect(step.steps).toBe(0);
  });
});
