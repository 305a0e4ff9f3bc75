import { RobustaError } from '@robusta/core';
import { sizeOf } from '../graph/value.js';
import type { TensorSpec } from '../trace/trace.js';

/** Elements of an input or output, row-major. */
export type TensorValues = Float32Array | Int32Array;

/** A function of tensors that is ready to run. */
export interface CompiledFunction {
  /** The engine that runs it. */
  readonly engine: string;
  readonly inputSpecs: readonly TensorSpec[];
  readonly outputShapes: readonly (readonly number[])[];
  readonly outputDtypes: readonly ('float32' | 'int32')[];
  /**
   * Runs it. Calls may overlap. The inputs must not be changed before the promise settles; the outputs are new
   * arrays that belong to the caller.
   * @param inputs - one typed array for each spec, of its dtype (Float32Array or Int32Array) and number of elements
   * @returns the outputs in the order in which the function returns them
   * @throws BAD_INPUT for a wrong number, type or length of inputs, or after dispose()
   */
  run(inputs: readonly TensorValues[]): Promise<TensorValues[]>;
  /** Frees what the engine holds. Runs under way finish first. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What an engine adds to the common part. */
export interface EngineRun {
  outputs: readonly { shape: readonly number[]; dtype: 'float32' | 'int32' }[];
  run(inputs: readonly TensorValues[]): Promise<TensorValues[]>;
  dispose(): void;
}

/** Checks around an engine: inputs before a run, no run after the end, the end once and after the last run. */
export function checked(
  engine: string,
  inputSpecs: readonly TensorSpec[],
  inner: EngineRun,
): CompiledFunction {
  let disposed = false;
  let running = 0;
  const release = () => {
    if (disposed && running === 0) inner.dispose();
  };
  const dispose = () => {
    if (disposed) return;
    disposed = true;
    release();
  };
  return {
    engine,
    inputSpecs,
    outputShapes: inner.outputs.map(({ shape }) => shape),
    outputDtypes: inner.outputs.map(({ dtype }) => dtype),
    async run(inputs) {
      if (disposed)
        throw new RobustaError('BAD_INPUT', 'run() was called on a compiled function after dispose()');
      checkInputs(inputSpecs, inputs);
      running++;
      try {
        return await inner.run(inputs);
      } finally {
        running--;
        release();
      }
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

function checkInputs(specs: readonly TensorSpec[], inputs: readonly TensorValues[]): void {
  if (inputs.length !== specs.length) {
    throw new RobustaError('BAD_INPUT', `run: ${specs.length} inputs are needed, received ${inputs.length}`);
  }
  for (const [i, spec] of specs.entries()) {
    const values = inputs[i];
    const label = `input ${i}${spec.name ? ` (${spec.name})` : ''}`;
    const type = spec.dtype === 'float32' ? Float32Array : Int32Array;
    if (!(values instanceof type)) {
      const received = (values as object | undefined)?.constructor?.name ?? String(values);
      throw new RobustaError('BAD_INPUT', `run: ${label} must be a ${type.name}, received ${received}`);
    }
    if (values.length !== sizeOf(spec.shape)) {
      throw new RobustaError(
        'BAD_INPUT',
        `run: ${label} has ${values.length} elements, its shape [${spec.shape}] needs ${sizeOf(spec.shape)}`,
      );
    }
  }
}
