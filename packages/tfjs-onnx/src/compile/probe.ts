import { createRequire } from 'node:module';
import { trace } from '../trace/trace.js';
import { askChild } from './child.js';
import type { ExecutionProvider } from './options.js';
import type { Runtime } from './runtime.js';
import { sampleInputs, sampleProblem, sampleSpecs, sampleStep } from './sample-step.js';

/** Whether something works on this machine, tried by running the sample step on it. */
export interface Probe {
  readonly works: boolean;
  /** Why not. */
  readonly reason?: string;
  /** Time of one run after the first. */
  readonly milliseconds?: number;
}

const script = `
  import { createRequire } from 'node:module';
  const answer = async ({ runtime, provider, model, inputs, outputs }) => {
    try {
      const { InferenceSession, Tensor } = createRequire(runtime)(runtime);
      const session = await InferenceSession.create(Buffer.from(model, 'base64'), {
        executionProviders: [provider],
        logSeverityLevel: 4,
        extra: { session: { disable_cpu_ep_fallback: '1' } },
      });
      const feeds = {};
      for (const { name, shape, values } of inputs) feeds[name] = new Tensor('float32', Float32Array.from(values), shape);
      await session.run(feeds);
      const start = performance.now();
      const results = await session.run(feeds);
      const milliseconds = performance.now() - start;
      return { milliseconds, values: outputs.map((name) => Array.from(results[name].data)) };
    } catch (error) {
      return { error: String(error.message) };
    }
  };`;

interface Answer {
  error?: string;
  values?: number[][];
  milliseconds?: number;
}

const known = new Map<ExecutionProvider, Promise<Probe>>();

/**
 * Whether an execution provider other than the CPU runs here, tried once in a process of its own: missing libraries
 * are reported on stderr by native code that no option silences, and a bad driver may crash.
 */
export function probeProvider(
  runtime: Runtime,
  provider: ExecutionProvider,
  { again = false } = {},
): Promise<Probe> {
  let probe = known.get(provider);
  if (!probe || again) {
    probe = tryProvider(runtime, provider);
    known.set(provider, probe);
  }
  return probe;
}

async function tryProvider(runtime: Runtime, provider: ExecutionProvider): Promise<Probe> {
  const built = runtime.listSupportedBackends?.();
  if (built && !built.some(({ name }) => name === provider)) {
    const platform = `${process.platform}-${process.arch}`;
    return { works: false, reason: `onnxruntime-node has no ${provider} on ${platform}` };
  }
  const graph = trace(sampleStep, sampleSpecs);
  const values = sampleInputs();
  try {
    const { answer, errors } = await askChild<Answer>(script, {
      runtime: createRequire(import.meta.url).resolve('onnxruntime-node'),
      provider,
      model: Buffer.from(graph.toBytes()).toString('base64'),
      inputs: graph.inputs.map(({ name, shape }, i) => ({ name, shape, values: Array.from(values[i]!) })),
      outputs: graph.outputs.map(({ name }) => name),
    });
    if (answer.error !== undefined) return { works: false, reason: readable(answer.error, errors) };
    const problem = sampleProblem(answer.values!);
    if (problem !== undefined) return { works: false, reason: problem };
    return { works: true, milliseconds: answer.milliseconds! };
  } catch (error) {
    return { works: false, reason: (error as Error).message };
  }
}

/** ONNX Runtime's message without its C++; which library is missing stands only in what it prints. */
function readable(message: string, printed: string): string {
  const short = message.replace(/^.*\.cc:\d+ .* was false\. /s, '').trim();
  const library = /with error: (.+)/.exec(printed)?.[1]?.trim();
  return library ? `${short} (${library})` : short;
}
