import { RobustaError, throwIfAborted } from '@robusta/core';
import type { TensorSpec } from '../trace/trace.js';
import { checkLengths, type Dims, inferDims, labelOf, type NamedShape, namesIn } from './dims.js';
import type { ProviderReport } from './providers.js';

/** Elements of an input or output, row-major. */
export type TensorValues = Float32Array | Int32Array;

export interface RunOptions {
  /** Extents of named dimensions, needed only where the lengths of the inputs do not tell them. */
  dims?: Dims;
  /** Looked at before the run starts; a run under way goes on to its end. */
  signal?: AbortSignal;
}

/** A function of tensors that is ready to run. */
export interface CompiledFunction {
  /** The engine that runs it. */
  readonly engine: string;
  /** Engine `onnx`: the execution provider that runs it, and which were tried in vain. */
  readonly providers?: ProviderReport;
  readonly inputSpecs: readonly TensorSpec[];
  /** Extents; where the inputs have named dimensions, a string is one of them or a formula such as `T - 4`. */
  readonly outputShapes: readonly NamedShape[];
  readonly outputDtypes: readonly ('float32' | 'int32')[];
  /**
   * Runs it. Calls may overlap. The inputs must not be changed before the promise settles; the outputs are new
   * arrays that belong to the caller. After an error it can be run again.
   * @param inputs - one typed array for each spec, of its dtype (Float32Array or Int32Array) and number of elements
   * @returns the outputs in the order in which the function returns them
   * @throws BAD_INPUT for a wrong number, type or length of inputs, dimensions that these do not tell, values that
   *   ONNX Runtime cannot compute with, or after dispose(); ABORTED
   */
  run(inputs: readonly TensorValues[], options?: RunOptions): Promise<TensorValues[]>;
  /** Frees what the engine holds. Runs under way finish first. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What an engine adds to the common part. */
export interface EngineRun {
  outputs: readonly { shape: NamedShape; dtype: 'float32' | 'int32' }[];
  providers?: ProviderReport;
  /** `dims` has all named dimensions, and is undefined where there are none. */
  run(inputs: readonly TensorValues[], dims: Dims | undefined, signal?: AbortSignal): Promise<TensorValues[]>;
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
    ...(inner.providers ? { providers: inner.providers } : {}),
    inputSpecs,
    outputShapes: inner.outputs.map(({ shape }) => shape),
    outputDtypes: inner.outputs.map(({ dtype }) => dtype),
    async run(inputs, options = {}) {
      if (disposed)
        throw new RobustaError('BAD_INPUT', 'run() was called on a compiled function after dispose()');
      const { dims: given, signal } = checkRunOptions(options);
      throwIfAborted(signal);
      const dims = checkInputs(inputSpecs, inputs, given);
      running++;
      try {
        return await inner.run(inputs, dims, signal);
      } finally {
        running--;
        release();
      }
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/**
 * Checks what is fed.
 * @returns the extents of all named dimensions; undefined where there are none
 * @throws BAD_INPUT
 */
export function checkInputs(
  specs: readonly TensorSpec[],
  inputs: readonly TensorValues[],
  given: Dims | undefined,
): Dims | undefined {
  checkTypes(specs, inputs);
  const lengths = inputs.map(({ length }) => length);
  if (given || namesIn(specs.map(({ shape }) => shape)).length > 0) return inferDims(specs, lengths, given);
  checkLengths(specs, lengths, undefined);
  return undefined;
}

/** By hand: a schema would cost more than a small graph. */
function checkRunOptions(options: RunOptions): RunOptions {
  for (const key in options) {
    if (key !== 'dims' && key !== 'signal')
      throw new RobustaError('BAD_OPTION', `run: unknown option ${key}`);
  }
  return options;
}

function checkTypes(specs: readonly TensorSpec[], inputs: readonly TensorValues[]): void {
  if (!Array.isArray(inputs)) throw new RobustaError('BAD_INPUT', 'run: an array of typed arrays is needed');
  if (inputs.length !== specs.length) {
    throw new RobustaError('BAD_INPUT', `run: ${specs.length} inputs are needed, received ${inputs.length}`);
  }
  for (const [i, spec] of specs.entries()) {
    const values = inputs[i];
    const type = spec.dtype === 'float32' ? Float32Array : Int32Array;
    if (values instanceof type) continue;
    const received = (values as object | undefined)?.constructor?.name ?? String(values);
    throw new RobustaError(
      'BAD_INPUT',
      `run: ${labelOf(spec, i)} must be a ${type.name}, received ${received}`,
    );
  }
}
