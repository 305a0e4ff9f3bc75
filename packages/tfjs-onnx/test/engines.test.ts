import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { askChild } from '../src/compile/child.js';
import { createOnnxSession } from '../src/compile/onnx-session.js';
import { CompileOptionsSchema } from '../src/compile/options.js';
import { operationsByProvider } from '../src/compile/placement.js';
import { automaticOrder, isFallbackError } from '../src/compile/providers.js';
import { loadRuntime } from '../src/compile/runtime.js';
import {
  compile,
  ENGINES,
  EXECUTION_PROVIDERS,
  listEngines,
  type TensorFunction,
  trace,
} from '../src/index.js';
import { nodeScript } from './node-script.js';
import { sampleSteps, sampleValues } from './sample-steps.js';

const product: TensorFunction = ([x, w]) => [tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D)];
const specs = [
  { shape: [2, 3], dtype: 'float32' },
  { shape: [3, 1], dtype: 'float32' },
] as const;
const inputs = () => [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(1, -1, 2)];
const result = [Float32Array.of(5, 11)];

const statuses = listEngines();

describe('listEngines', () => {
  test('names every engine and every provider, with a reason where it does not work', async () => {
    const found = await statuses;
    expect(found.map(({ engine, provider }) => provider ?? engine)).toEqual([
      ...EXECUTION_PROVIDERS,
      ...ENGINES.filter((engine) => engine !== 'onnx'),
    ]);
    for (const status of found) {
      if (status.works) {
        expect(status.milliseconds).toBeGreaterThan(0);
        expect(status.reason).toBeUndefined();
      } else {
        expect(status.reason).toMatch(/^\S.*\S$/);
      }
    }
    const works = (name: string) =>
      found.find(({ engine, provider }) => (provider ?? engine) === name)?.works;
    for (const name of ['cpu', 'wasm']) expect(works(name)).toBe(true);
    expect(works('webgl')).toBe(false); // jest runs in Node
  });

  test('prints nothing, leaves the process free to end and the backend in force alone', async () => {
    const { stdout, stderr, code } = await nodeScript(`
      import * as tf from '@tensorflow/tfjs';
      import { listEngines } from '@robusta/tfjs-onnx';
      await tf.setBackend('cpu');
      const { numTensors } = tf.memory();
      const first = await listEngines();
      const second = await listEngines();
      const same = first.every(({ works }, i) => works === second[i].works);
      process.stdout.write([same, tf.getBackend(), tf.memory().numTensors - numTensors].join(' '));`);
    expect([stdout, stderr, code]).toEqual(['true cpu 0', '', 0]);
  });

  // On a machine with a GPU these are the tests of its providers.
  test('what works computes training steps', async () => {
    for (const { engine, provider, works } of await statuses) {
      if (!works) continue;
      for (const step of [sampleSteps['two layers with Adam']!, sampleSteps['dropout and attention']!]) {
        using tested = await compile(step.fn, step.specs, {
          engine,
          ...(provider && provider !== 'cpu' ? { executionProviders: [provider, 'cpu'] } : {}),
        });
        using reference = await compile(step.fn, step.specs, { engine: 'cpu' });
        const [actual, expected] = [
          await tested.run(sampleValues(step)),
          await reference.run(sampleValues(step)),
        ];
        for (const [i, output] of expected.entries()) {
          for (const [j, value] of output.entries()) expect(actual[i]![j]).toBeCloseTo(value, 4);
        }
      }
    }
  });
});

describe('execution providers', () => {
  test('the default is the CPU', async () => {
    using f = await compile(product, specs);
    expect(f.providers).toEqual({ running: 'cpu', partly: false, failed: [] });
    using eager = await compile(product, specs, { engine: 'cpu' });
    expect(eager.providers).toBeUndefined();
  });

  test("'auto' takes the first that works and says what does not", async () => {
    using f = await compile(product, specs, { executionProviders: 'auto' });
    const { running, failed } = f.providers!;
    const order = automaticOrder();
    expect(failed.map(({ provider }) => provider)).toEqual(order.slice(0, order.indexOf(running)));
    for (const { provider, reason } of failed) {
      const status = (await statuses).find((other) => other.provider === provider)!;
      expect(status.works).toBe(false);
      expect(reason).toBe(status.reason);
    }
    expect(await f.run(inputs())).toEqual(result);
  });

  test('the order of the platforms', () => {
    expect(automaticOrder('linux')).toEqual(['cuda', 'webgpu', 'cpu']);
    expect(automaticOrder('darwin')).toEqual(['coreml', 'webgpu', 'cpu']);
    expect(automaticOrder('win32')).toEqual(['cuda', 'dml', 'webgpu', 'cpu']);
    expect(automaticOrder('freebsd')).toEqual(['webgpu', 'cpu']);
  });

  test('one that is named and missing is an error, also in front of others', async () => {
    const missing = (await statuses).filter(({ provider, works }) => provider && !works);
    expect(missing.length).toBeGreaterThan(0); // no platform has all
    for (const { provider, reason } of missing) {
      for (const executionProviders of [[provider!], [provider!, 'cpu' as const]]) {
        await expect(compile(product, specs, { executionProviders })).rejects.toMatchObject({
          code: 'ENGINE_UNAVAILABLE',
          message: `execution provider '${provider}' does not run here: ${reason}`,
          hint: expect.stringContaining("'auto'"),
          details: { provider, reason },
        });
      }
    }
  });

  test('trying a missing one prints nothing', async () => {
    const { stdout, stderr } = await nodeScript(`
      import * as tf from '@tensorflow/tfjs';
      import { compile } from '@robusta/tfjs-onnx';
      const specs = [{ shape: [1], dtype: 'float32' }];
      const double = ([x]) => [tf.mul(x, 2)];
      const f = await compile(double, specs, { executionProviders: 'auto' });
      process.stdout.write(String((await f.run([Float32Array.of(3)]))[0]));
      for (const provider of ['cuda', 'webgpu', 'coreml', 'dml']) {
        await compile(double, specs, { executionProviders: [provider] }).catch(() => {});
      }
      f.dispose();`);
    expect([stdout, stderr]).toEqual(['6', '']);
  });

  test("ONNX Runtime's own refusal to fall back is recognised", async () => {
    const runtime = await loadRuntime();
    const create = (extra: object) =>
      runtime.InferenceSession.create(trace(product, specs).toBytes(), { logSeverityLevel: 4, ...extra });
    const strict = { extra: { session: { disable_cpu_ep_fallback: '1' } } };
    const refusal = await create(strict).catch((error) => error);
    expect(isFallbackError(refusal)).toBe(true);
    const other = await runtime.InferenceSession.create(Uint8Array.of(1, 2, 3)).catch((error) => error);
    expect(isFallbackError(other)).toBe(false);
  });

  test('a profile tells which provider runs how many operations, and leaves no files', async () => {
    const runtime = await loadRuntime();
    const graph = trace(([x, w]) => [tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), 1)], specs);
    let folder = '';
    const counts = await operationsByProvider(
      (profileFilePrefix) => {
        folder = dirname(profileFilePrefix);
        const options = { enableProfiling: true, profileFilePrefix, logSeverityLevel: 4 } as const;
        return runtime.InferenceSession.create(graph.toBytes(), options);
      },
      (session) =>
        session.run({
          input_0: new runtime.Tensor('float32', inputs()[0]!, [2, 3]),
          input_1: new runtime.Tensor('float32', inputs()[1]!, [3, 1]),
        }),
    );
    // Product and sum may be one operation after optimisation.
    expect(Object.keys(counts)).toEqual(['CPUExecutionProvider']);
    expect([1, 2]).toContain(counts.CPUExecutionProvider);
    expect(existsSync(folder)).toBe(false);
  });
});

test.each([
  { threads: 1 },
  { threads: 3 },
  { threads: 2, spinning: false },
  { memoryArena: false },
  { memoryPattern: true },
  { graphOptimization: 'disabled' },
  { graphOptimization: 'basic' },
  { graphOptimization: 'extended' },
] as const)('session option %j', async (options) => {
  using f = await compile(product, specs, options);
  expect(await f.run(inputs())).toEqual(result);
});

test('a session writes into given arrays', async () => {
  const graph = trace(([x]) => [tf.mul(x!, 2), tf.add(x!, 1)], [{ shape: [3], dtype: 'float32' }]);
  const session = await createOnnxSession(graph, CompileOptionsSchema.parse({}));
  const first = new Float32Array(3);
  const outputs = await session.run([Float32Array.of(1, 2, 3)], [first, undefined]);
  expect(first).toEqual(Float32Array.of(2, 4, 6));
  expect(outputs).toEqual([first, Float32Array.of(2, 3, 4)]);
  expect(outputs[0] === first).toBe(true);
  await session.release();
});

describe('a child process', () => {
  test('answers, whatever is printed around', async () => {
    const script = `const answer = async ({ n }) => {
      process.stdout.write('noise without a line end');
      console.error('a warning');
      return { twice: 2 * n };
    };`;
    expect(await askChild(script, { n: 21 })).toEqual({ answer: { twice: 42 }, errors: 'a warning\n' });
  });

  test.each([
    ['process.abort()', /ended by SIGABRT/],
    ['process.exit(3)', /ended with code 3$/],
    ["throw new Error('no such driver')", /ended with code 1/],
  ])('that does %s is told as an error', async (end, message) => {
    await expect(askChild(`const answer = async () => { ${end}; };`, 'x'.repeat(1e6))).rejects.toThrow(
      message,
    );
  });
});
