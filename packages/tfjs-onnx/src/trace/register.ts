import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import type { Value } from '../graph/value.js';
import { loweringGroups } from '../kernels/index.js';
import type { Lowering } from '../kernels/kernel.js';
import { refusedKernels } from '../kernels/refused.js';
import { TRACE_BACKEND, type TraceBackend } from './backend.js';
import { foldKernel } from './fold.js';
import { silenceBanner } from './quiet.js';
import { captureStack, Unsupported, unsupportedKernel } from './unsupported.js';

type Infos = Record<string, tf.TensorInfo | undefined> | tf.TensorInfo[];

const describe = (inputs: Infos) =>
  Object.entries(inputs ?? {})
    .filter(([, info]) => info?.shape)
    .map(([name, info]) => `${Array.isArray(inputs) ? '' : `${name}: `}${info!.dtype}[${info!.shape}]`)
    .join(', ');

function kernel(name: string, lower: Lowering): tf.KernelConfig {
  return {
    kernelName: name,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs: given, attrs, backend: current }) => {
      const backend = current as TraceBackend;
      const infos = given as unknown as Infos;
      const named: Record<string, Value> = {};
      for (const [key, info] of Object.entries(infos)) {
        // Fused kernels pass absent inputs as undefined.
        if (info) named[key] = backend.valueFor(info);
      }
      const list = Array.isArray(infos) ? Object.values(named) : [];
      const { graph } = backend.ops;
      if (graph.dynamic) graph.origin = { kernel: name, stack: captureStack() };
      try {
        const attributes = { ...attrs };
        const known = { name, inputs: named, isList: Array.isArray(infos), attributes };
        const result =
          foldKernel(backend.ops, known) ?? lower({ ops: backend.ops, inputs: named, list, attributes });
        return Array.isArray(result)
          ? result.map((value: Value) => backend.tensorInfoOf(value))
          : backend.tensorInfoOf(result as Value);
      } catch (error) {
        if (error instanceof Unsupported) throw unsupportedKernel(name, describe(infos), error.message);
        throw error;
      }
    },
  };
}

const refusal = (name: string, reason: string): tf.KernelConfig => ({
  kernelName: name,
  backendName: TRACE_BACKEND,
  kernelFunc: ({ inputs }) => {
    throw unsupportedKernel(name, describe(inputs as unknown as Infos), reason);
  },
});

let registered = false;

/** Registers the kernels of the tracing backend with tfjs, once. */
export function registerKernels(): void {
  if (registered) return;
  registered = true;
  silenceBanner();
  for (const group of Object.values(loweringGroups)) {
    for (const [name, lower] of Object.entries(group)) tf.registerKernel(kernel(name, lower));
  }
  for (const [name, reason] of Object.entries(refusedKernels)) tf.registerKernel(refusal(name, reason));
}

/** tfjs's own error for a kernel that nobody registered, as one of ours. */
export function asRobustaError(error: unknown): unknown {
  if (RobustaError.isInstance(error) || !(error instanceof Error)) return error;
  const name = /Kernel '(.+)' not registered for backend/.exec(error.message)?.[1];
  return name ? unsupportedKernel(name, 'shapes unknown') : error;
}
