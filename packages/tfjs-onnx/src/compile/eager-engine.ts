import { parseOptions, RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { type OwnState, ownState, withBackend, withState } from '../trace/isolate.js';
import { minimumsOf, SpecsSchema, type TensorFunction, type TensorSpec, tensorsOf } from '../trace/trace.js';
import { callSite } from '../trace/unsupported.js';
import type { EngineRun, TensorValues } from './compiled-function.js';
import { type Dims, extentsOf } from './dims.js';
import { backendNameOf, type EagerEngine, eagerBackend } from './eager-backend.js';
import { learnOutputs } from './learn-outputs.js';
import type { Dimensions } from './options.js';

/** Runs the function itself on a tfjs backend, at first with zeros to learn what it returns. */
export async function eagerEngine(
  fn: TensorFunction,
  inputSpecs: readonly TensorSpec[],
  engine: EagerEngine,
  dimensions: Dimensions = {},
): Promise<EngineRun> {
  const specs = parseOptions(SpecsSchema, inputSpecs, 'compile: input specs');
  const minimums = minimumsOf(specs, dimensions);
  const backend = await eagerBackend(engine);
  const inside = <T>(state: OwnState, use: () => T): T =>
    withState(state, () => withBackend(backendNameOf(engine), backend, use));
  const call = (
    state: OwnState,
    inputOf: (spec: (typeof specs)[number], i: number) => tf.Tensor,
  ): tf.Tensor[] =>
    inside(state, () => {
      try {
        return tf.tidy(() => tensorsOf(fn(specs.map(inputOf))));
      } catch (error) {
        throw named(error, engine);
      }
    });
  const release = (state: OwnState, outputs: readonly tf.Tensor[]) =>
    inside(state, () => {
      // A function may return tensors that it took from outside: those are not ours.
      for (const output of outputs) if (state.tensorInfo.has(output.dataId)) output.dispose();
    });
  const outputsAt = (dims: Dims) => {
    const state = ownState();
    const results = call(state, ({ shape, dtype }) => tf.zeros([...extentsOf(shape, dims)], dtype));
    const outputs = results.map((output) => ({ shape: [...output.shape], dtype: dtypeOf(output) }));
    release(state, results);
    return outputs;
  };
  const outputs = learnOutputs(minimums, outputsAt);
  return {
    outputs,
    async run(inputs, dims) {
      const state = ownState();
      const results = call(state, ({ shape, dtype }, i) =>
        tf.tensor(inputs[i]!.slice(), [...extentsOf(shape, dims)], dtype),
      );
      try {
        return await Promise.all(results.map((output) => valuesOf(state, output)));
      } finally {
        release(state, results);
      }
    },
    dispose() {},
  };
}

const dtypeOf = (output: tf.Tensor) =>
  output.dtype === 'float32' ? ('float32' as const) : ('int32' as const);

/** A copy: backends may hand out the memory that they go on using. Some can only read asynchronously. */
async function valuesOf(state: OwnState, output: tf.Tensor): Promise<TensorValues> {
  const { backend } = state.tensorInfo.get(output.dataId)!;
  const values = (await backend.read(output.dataId)) as TensorValues;
  return output.dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values);
}

function named(error: unknown, engine: string): unknown {
  const kernel = error instanceof Error && /Kernel '(.+)' not registered/.exec(error.message)?.[1];
  if (!kernel) return error;
  const site = callSite();
  return new RobustaError(
    'UNSUPPORTED_OP',
    `engine '${engine}' has no kernel ${kernel}${site ? ` (${site})` : ''}`,
    { cause: error },
  );
}
