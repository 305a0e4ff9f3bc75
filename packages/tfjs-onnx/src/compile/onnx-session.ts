import { RobustaError } from '@robusta/core';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxGraph, PortType } from '../graph/onnx-graph.js';
import { sizeOf } from '../graph/value.js';
import type { TensorValues } from './compiled-function.js';
import { type Dims, extentsOf, namesIn } from './dims.js';
import type { CheckedSessionOptions, ExecutionProvider } from './options.js';
import { type ProviderReport, startOn } from './providers.js';
import { loadRuntime, type Runtime } from './runtime.js';
import { STOP, stoppedAfterRun, withStop } from './spare-copies.js';

/** Elements of a tensor that goes into a session or comes out of it. */
export type SessionValues = TensorValues | Float64Array;

/** A traced graph in ONNX Runtime, ready to run. */
export interface OnnxSession {
  readonly providers: ProviderReport;
  /**
   * @param feeds - one array for each input of the graph; must not change before the promise settles
   * @param outputs - arrays that ONNX Runtime writes results into; where there is none it makes one. Only outputs
   *   of fixed shape may have one.
   * @param dims - extents of the graph's named dimensions
   * @returns one array for each output of the graph
   */
  run<Values extends SessionValues = TensorValues>(
    feeds: readonly Values[],
    outputs?: readonly (Values | undefined)[],
    dims?: Dims,
  ): Promise<Values[]>;
  /** Frees the session. No run may be under way. */
  release(): Promise<void>;
}

/** Severity "fatal": problems reach the caller as errors, nothing is printed. */
const SILENT = 4;

/**
 * Makes a session for a traced graph on the execution providers that the options ask for.
 * @param outputsGiven - every run is given arrays for all outputs: no copies of them are made then
 */
export async function createOnnxSession(
  graph: OnnxGraph<PortType>,
  options: CheckedSessionOptions,
  outputsGiven = false,
): Promise<OnnxSession> {
  const runtime = await loadRuntime();
  const bytes = graph.toBytes();
  const create = (executionProviders: ExecutionProvider[], own: OwnOptions) => {
    // Other providers lack sequences, and copy from their devices anyway.
    const model = outputsGiven && executionProviders[0] === 'cpu' ? withStop(bytes) : bytes;
    return runtime.InferenceSession.create(model, { executionProviders, ...sessionOptions(options, own) });
  };
  // What needs Node's own modules is loaded when it is used: browsers can load the rest.
  const { session, report } = await startOn(options.executionProviders, {
    probe: async (provider) => (await import('./probe.js')).probeProvider(runtime, provider),
    start: (providers, strict) => create(providers, { strict }),
    count: async (providers) => {
      const { operationsByProvider } = await import('./placement.js');
      return operationsByProvider(
        (profileFilePrefix) => create(providers, { profileFilePrefix }),
        (profiled) => runOnZeros(runtime, profiled, graph),
      );
    },
  });
  return {
    providers: report,
    run: (feeds, outputs, dims) => runSession(runtime, session, graph, feeds, outputs, dims),
    release: () => session.release(),
  };
}

/** What differs between the sessions that are tried. */
interface OwnOptions {
  /** Fail where an operation would fall to the CPU. */
  strict?: boolean;
  /** Write a profile. */
  profileFilePrefix?: string;
}

const sessionOptions = (
  { threads, spinning, memoryArena, memoryPattern, graphOptimization }: CheckedSessionOptions,
  { strict, profileFilePrefix }: OwnOptions,
): InferenceSession.SessionOptions => ({
  logSeverityLevel: SILENT,
  graphOptimizationLevel: graphOptimization,
  enableCpuMemArena: memoryArena,
  enableMemPattern: memoryPattern,
  ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  ...(profileFilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix }),
  extra: {
    session: {
      intra_op: { allow_spinning: spinning ? '1' : '0' },
      ...(strict ? { disable_cpu_ep_fallback: '1' } : {}),
    },
  },
});

/** Extent of every named dimension in a trial: more than kernels and strides of models need. */
const TRIAL_EXTENT = 64;

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array };

/** One run whose results do not matter. */
function runOnZeros(
  runtime: Runtime,
  session: InferenceSession,
  graph: OnnxGraph<PortType>,
): Promise<SessionValues[]> {
  const names = namesIn(graph.inputs.map(({ shape }) => shape));
  const dims = Object.fromEntries(names.map((name) => [name, TRIAL_EXTENT]));
  const feeds = graph.inputs.map(({ shape, dtype }) => {
    const size = sizeOf(extentsOf(shape, dims));
    return new arrays[dtype](size);
  });
  return runSession(runtime, session, graph, feeds, undefined, dims);
}

async function runSession<Values extends SessionValues>(
  runtime: Runtime,
  session: InferenceSession,
  graph: OnnxGraph<PortType>,
  feeds: readonly Values[],
  outputs: readonly (Values | undefined)[] | undefined,
  dims: Dims | undefined,
): Promise<Values[]> {
  const tensor = (port: OnnxGraph<PortType>['inputs'][number], values: Values) =>
    new runtime.Tensor(port.dtype, values as Float32Array, extentsOf(port.shape, dims));
  const inputs: Record<string, Tensor> = {};
  for (const [i, port] of graph.inputs.entries()) inputs[port.name] = tensor(port, feeds[i]!);
  const fetches: Record<string, Tensor | null> = {};
  for (const [i, port] of graph.outputs.entries()) {
    const values = outputs?.[i];
    fetches[port.name] = values ? tensor(port, values) : null;
  }
  if (session.outputNames[0] === STOP) fetches[STOP] = null;
  let results: InferenceSession.ReturnType = {};
  try {
    results = await session.run(inputs, fetches);
  } catch (cause) {
    if (STOP in fetches && stoppedAfterRun(cause)) return outputs as Values[];
    const message = (cause as Error).message;
    throw new RobustaError('BAD_INPUT', `run: ONNX Runtime cannot compute this: ${message}`, {
      hint: 'look for an index out of range, or a size that does not fit memory',
      cause,
    });
  }
  // What ONNX Runtime returns for a given array is a copy of it.
  return graph.outputs.map(({ name }, i) => outputs?.[i] ?? (results[name]!.data as Values));
}
