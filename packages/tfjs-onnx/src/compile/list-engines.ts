import { compile } from './compile.js';
import {
  type CompileOptions,
  ENGINES,
  type Engine,
  EXECUTION_PROVIDERS,
  type ExecutionProvider,
} from './options.js';
import type { Probe } from './probe.js';
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
  const { probeProvider } = await import('./probe.js');
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

async function tryTfjsNode(engine: 'tfjs-node' | 'tfjs-node-gpu'): Promise<Probe> {
  if (typeof process === 'undefined' || !process.versions?.node) {
    return { works: false, reason: `engine '${engine}' needs Node` };
  }
  return (await import('./probe-tfjs-node.js')).probeTfjsNode(engine);
}
