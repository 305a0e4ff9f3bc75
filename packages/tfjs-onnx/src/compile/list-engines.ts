import { createRequire } from 'node:module';
import { askChild } from './child.js';
import { compile } from './compile.js';
import {
  type CompileOptions,
  ENGINES,
  type Engine,
  EXECUTION_PROVIDERS,
  type ExecutionProvider,
} from './options.js';
import { type Probe, probeProvider } from './probe.js';
import { loadRuntime, type Runtime } from './runtime.js';
import { sampleInputs, sampleProblem, sampleSpecs, sampleStep } from './sample-step.js';

/** What an engine, or engine `onnx` with one of its execution providers, does on this machine. */
export interface EngineStatus extends Probe {
  readonly engine: Engine;
  /** Of engine `onnx`. */
  readonly provider?: ExecutionProvider;
}

/**
 * What works on this machine, found by running a product and its gradients on each engine and each execution provider
 * and comparing with the right numbers. What loads drivers is tried in processes of its own. Takes about a second;
 * the backend of tfjs that is in force stays so.
 * @returns engine `onnx` with each execution provider, then the engines of tfjs
 */
export async function listEngines(): Promise<EngineStatus[]> {
  const found: EngineStatus[] = [];
  for (const engine of ENGINES) {
    if (engine === 'onnx') found.push(...(await listProviders()));
    else if (engine === 'tfjs-node' || engine === 'tfjs-node-gpu')
      found.push({ engine, ...(await tryTfjsNode(engine)) });
    else found.push({ engine, ...(await tryHere({ engine })) });
  }
  return found;
}

async function listProviders(): Promise<EngineStatus[]> {
  let runtime: Runtime;
  try {
    runtime = await loadRuntime();
  } catch (error) {
    const reason = (error as Error).message;
    return EXECUTION_PROVIDERS.map((provider) => ({ engine: 'onnx', provider, works: false, reason }));
  }
  const found: EngineStatus[] = [];
  for (const provider of EXECUTION_PROVIDERS) {
    const probe = provider === 'cpu' ? tryHere({}) : probeProvider(runtime, provider, { again: true });
    found.push({ engine: 'onnx', provider, ...(await probe) });
  }
  return found;
}

/** Runs the sample step through compile(), the second time for the clock. */
async function tryHere(options: CompileOptions): Promise<Probe> {
  try {
    using step = await compile(sampleStep, sampleSpecs, options);
    await step.run(sampleInputs());
    const start = performance.now();
    const outputs = await step.run(sampleInputs());
    const milliseconds = performance.now() - start;
    const reason = sampleProblem(outputs);
    return reason === undefined ? { works: true, milliseconds } : { works: false, reason };
  } catch (error) {
    return { works: false, reason: (error as Error).message };
  }
}

const script = `
  import { createRequire } from 'node:module';
  const answer = async ({ base, module, specs, inputs }) => {
    try {
      const require = createRequire(base);
      require.resolve(module);
      const tf = require(module);
      const step = () => tf.tidy(() => {
        const tensors = inputs.map((values, i) => tf.tensor(values, specs[i].shape));
        const loss = (x, w) => tf.sum(tf.square(tf.relu(tf.matMul(x, w))));
        const { value, grads } = tf.valueAndGrads(loss)(tensors);
        return [value, ...grads].map((tensor) => Array.from(tensor.dataSync()));
      });
      step();
      const start = performance.now();
      const values = step();
      return { values, milliseconds: performance.now() - start };
    } catch (error) {
      return { error: String(error.message).split('\\n')[0] };
    }
  };`;

/** TensorFlow's library prints while it is loaded and makes itself the backend in force: it gets its own process. */
async function tryTfjsNode(engine: 'tfjs-node' | 'tfjs-node-gpu'): Promise<Probe> {
  const module = `@tensorflow/${engine}`;
  const base = import.meta.url;
  try {
    createRequire(base).resolve(module);
  } catch {
    return { works: false, reason: `${module} is not installed` };
  }
  try {
    const inputs = sampleInputs().map((values) => Array.from(values));
    const { answer } = await askChild<{ error?: string; values?: number[][]; milliseconds?: number }>(
      script,
      {
        base,
        module,
        specs: sampleSpecs,
        inputs,
      },
    );
    const reason = answer.error ?? sampleProblem(answer.values!);
    return reason === undefined
      ? { works: true, milliseconds: answer.milliseconds! }
      : { works: false, reason };
  } catch (error) {
    return { works: false, reason: (error as Error).message };
  }
}
