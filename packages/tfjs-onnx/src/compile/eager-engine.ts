import { RobustaError } from '@robusta/core';
import * as tf from '@tensorflow/tfjs';
import { withBackend, withOwnState } from '../trace/isolate.js';
import { type TensorFunction, type TensorSpec, tensorsOf } from '../trace/trace.js';
import { callSite } from '../trace/unsupported.js';
import type { EngineRun, TensorValues } from './compiled-function.js';
import { type Dims, extentsOf, namesIn } from './dims.js';
import { backendNameOf, type EagerEngine, eagerBackend } from './eager-backend.js';
import { namedOutputs } from './named-outputs.js';

/** Runs the function itself on a tfjs backend, once with zeros to learn what it returns. */
export async function eagerEngine(
  fn: TensorFunction,
  specs: readonly TensorSpec[],
  engine: EagerEngine,
): Promise<EngineRun> {
  const backend = await eagerBackend(engine);
  const name = backendNameOf(engine);
  const call = <T>(makeInputs: () => tf.Tensor[], use: (outputs: tf.Tensor[]) => T): T =>
    withOwnState(() =>
      withBackend(name, backend, () => {
        try {
          return tf.tidy(() => use(tensorsOf(fn(makeInputs()))) as tf.TensorContainer) as T;
        } catch (error) {
          throw named(error, engine);
        }
      }),
    );
  const dtypeOf = (output: tf.Tensor) =>
    output.dtype === 'float32' ? ('float32' as const) : ('int32' as const);
  const outputsAt = (dims: Dims) =>
    call(
      () => specs.map(({ shape, dtype }) => tf.zeros([...extentsOf(shape, dims)], dtype)),
      (results) => results.map((output) => ({ shape: [...output.shape], dtype: dtypeOf(output) })),
    );
  const outputs = namedOutputs(namesIn(specs.map(({ shape }) => shape)), outputsAt);
  return {
    outputs,
    async run(inputs, dims) {
      return call(
        () =>
          specs.map(({ shape, dtype }, i) =>
            tf.tensor(inputs[i]!.slice(), [...extentsOf(shape, dims)], dtype),
          ),
        (results) => results.map(ownValues),
      );
    },
    dispose() {},
  };
}

/** A copy: backends may hand out the memory that they go on using. */
function ownValues(output: tf.Tensor): TensorValues {
  const values = output.dataSync();
  return output.dtype === 'float32' ? Float32Array.from(values) : Int32Array.from(values);
}

function named(error: unknown, engine: string): unknown {
  const kernel = error instanceof Error && /Kernel '(.+)' not registered/.exec(error.message)?.[1];
  if (!kernel) return error;
  const site = callSite();
  return new RobustaError(
    'UNSUPPORTED_OP',
    `engine '${engine}' has no kernel ${kernel}${site ? ` (${site})` : ''}`,
    {
      cause: error,
    },
  );
}
