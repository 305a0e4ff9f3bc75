import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { compileStep, type OptimizerOptions, type TrainingState, type TrainingStep } from '../src/index.js';
import { batchOf, leastSquares, line, perceptron } from './step-problems.js';

const engines = ['onnx', 'wasm', 'cpu'] as const;
const optimizers: OptimizerOptions[] = [
  { name: 'adam', weightDecay: 0.01 },
  { name: 'adamw' },
  { name: 'sgd', momentum: 0.9, dampening: 0.1 },
  { name: 'sgd' },
];

async function train(step: TrainingStep, from: number, to: number) {
  const results = [];
  for (let i = from; i < to; i++) results.push(await step.run(batchOf(i), { learningRate: 0.02 }));
  return results;
}

describe.each(engines)('on %s', (engine) => {
  test.each(optimizers)('$name goes on bit for bit after a restore', async (optimizer) => {
    const definition = { ...perceptron(), optimizer, clipNorm: 1, engine, seed: 12 };
    using whole = await compileStep(definition);
    await train(whole, 0, 7);
    const saved = whole.state();
    const kept = structuredClone(saved);
    const rest = await train(whole, 7, 15);
    const end = whole.state();
    // What was saved is a copy, and does not move on.
    expect(saved).toEqual(kept);
    expect(end.step).toBe(15);

    // In the same step, which has gone on meanwhile; and in a new one with other parameters and another seed.
    whole.restore(saved);
    expect(await train(whole, 7, 15)).toEqual(rest);
    expect(whole.state()).toEqual(end);
    const { params } = perceptron();
    for (const { data } of Object.values(params)) data.fill(0.1);
    using other = await compileStep({ ...definition, params, seed: 99 });
    other.restore(saved);
    expect(other.state()).toEqual(saved);
    expect(await train(other, 7, 15)).toEqual(rest);
    expect(other.state()).toEqual(end);
  });
});

test('goes on bit for bit in another process', async () => {
  const script = `
    import * as tf from '@tensorflow/tfjs';
    import { compileStep, dropout } from '@robusta/tfjs-onnx';
    const step = await compileStep({
      params: { w: { shape: [40, 3], data: Float32Array.from({ length: 120 }, (_, i) => Math.sin(i)) } },
      inputs: [{ shape: [8, 40], dtype: 'float32' }],
      loss: ({ w }, [x], { seed }) => tf.mean(tf.square(tf.sub(dropout(tf.matMul(x, w), 0.4, seed, 1), 1))),
      optimizer: { name: 'adamw', weightDecay: 0.1 },
    });
    const [state, first, last] = JSON.parse(process.argv[1]);
    const revive = (values) => Object.fromEntries(
      Object.entries(values).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]));
    if (state) step.restore({ ...state, parameters: revive(state.parameters), moments: revive(state.moments) });
    const batch = Float32Array.from({ length: 320 }, (_, i) => Math.cos(i));
    const losses = [];
    for (let i = first; i < last; i++) losses.push((await step.run([batch], { learningRate: 0.01 })).loss);
    const plain = (key, value) => value instanceof Float32Array ? [...value] : value;
    console.log(JSON.stringify({ losses, state: step.state() }, plain));`;
  const run = async (...args: unknown[]) => {
    const argv = ['--input-type=module', '-e', script, JSON.stringify(args)];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, {
      cwd: import.meta.dirname,
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as { losses: number[]; state: TrainingState };
  };
  const [whole, begun] = await Promise.all([run(null, 0, 9), run(null, 0, 4)]);
  const rest = await run(begun.state, 4, 9);
  expect([...begun.losses, ...rest.losses]).toEqual(whole.losses);
  expect(rest.state).toEqual(whole.state);
});

test('the state is plain: names, shapes, float32 arrays of its own', async () => {
  const { params } = perceptron();
  const begun = compileStep({ ...perceptron(), params, optimizer: 'adam', engine: 'cpu', seed: 5 });
  params.w1.data.fill(9);
  using step = await begun;
  params.w1.data.set(perceptron().params.w1.data);
  const { moments, parameters, ...counts } = step.state();
  expect(counts).toEqual({ step: 0, seed: 5 });
  const plain = (name: keyof typeof params) => ({ shape: params[name].shape, data: params[name].data });
  expect(parameters).toEqual({ w1: plain('w1'), b1: plain('b1'), w2: plain('w2'), b2: plain('b2') });
  expect(step.parameters()).toEqual(parameters);
  const names = Object.keys(parameters);
  expect(names).toEqual(Object.keys(params));
  expect(Object.keys(moments).sort()).toEqual(
    ['m', 'v'].flatMap((kind) => names.map((n) => `${kind}/${n}`)).sort(),
  );
  for (const [name, { shape, data }] of Object.entries(moments)) {
    expect(shape).toEqual(parameters[name.slice(2)]!.shape);
    expect(data).toEqual(new Float32Array(parameters[name.slice(2)]!.data.length));
  }
  // What was taken is not what is trained.
  parameters.w1!.data.fill(9);
  expect(step.parameters().w1).toEqual({ ...perceptron().params.w1 });
});

test.each<[string, (state: TrainingState) => unknown, string, string]>([
  ['no state', () => undefined, 'BAD_OPTION', 'restore'],
  ['a part missing', ({ moments: _, ...rest }) => rest, 'BAD_OPTION', 'moments'],
  ['a step below 0', (s) => ({ ...s, step: -1 }), 'BAD_OPTION', 'step'],
  ['a parameter missing', (s) => ({ ...s, parameters: {} }), 'BAD_INPUT', 'w is missing'],
  [
    'one too many',
    (s) => ({ ...s, parameters: { ...s.parameters, u: s.parameters.w } }),
    'BAD_INPUT',
    'u is unexpected',
  ],
  [
    'the moments of another optimizer',
    (s) => ({ ...s, moments: { 'velocity/w': s.parameters.w } }),
    'BAD_INPUT',
    'm/w is missing; v/w is missing; velocity/w is unexpected',
  ],
  [
    'another shape',
    (s) => ({ ...s, parameters: { w: { ...s.parameters.w, shape: [1, 2] } } }),
    'BAD_INPUT',
    'w has shape [1,2], expected [2,1]',
  ],
  [
    'too few elements',
    (s) => ({ ...s, moments: { ...s.moments, 'v/w': { shape: [2, 1], data: new Float32Array(1) } } }),
    'BAD_INPUT',
    'v/w has 1 elements',
  ],
  [
    'an infinity',
    (s) => ({ ...s, parameters: { w: { shape: [2, 1], data: Float32Array.of(0, -Infinity) } } }),
    'NON_FINITE',
    '-Infinity at element 1',
  ],
])('restore refuses %s, and changes nothing', async (_, change, code, message) => {
  using step = await compileStep({ ...leastSquares(), optimizer: 'adam', engine: 'cpu' });
  await step.run(line, { learningRate: 0.1 });
  const before = step.state();
  expect(() => step.restore(change(step.state()) as TrainingState)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
  expect(step.state()).toEqual(before);
});

test('restore refuses while a step is under way; state and parameters are then those before it', async () => {
  using step = await compileStep({ ...leastSquares(), optimizer: 'adam' });
  const before = step.state();
  const running = step.run(line, { learningRate: 0.1 });
  expect(() => step.restore(before)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  expect(step.state()).toEqual(before);
  expect(step.parameters()).toEqual(before.parameters);
  await running;
  expect(step.state()).not.toEqual(before);
  step.restore(before);
  expect(step.state()).toEqual(before);
});
