import { deriveSeed, RobustaError, throwIfAborted } from '@robusta/core';
import { checkInputs, type TensorValues } from '../compile/compiled-function.js';
import type { Dims } from '../compile/dims.js';
import type { CompileOptions } from '../compile/options.js';
import type { ProviderReport } from '../compile/providers.js';
import type { OnnxGraph } from '../graph/onnx-graph.js';
import { type TensorSpec, type TraceOptions, trace } from '../trace/trace.js';
import { type StepEngine, startEngine } from './engine.js';
import { flatten, unflatten } from './layout.js';
import {
  type Definition,
  type ParameterValues,
  parseDefinition,
  parseRunOptions,
  type StepDefinition,
  type StepRunOptions,
} from './options.js';
import { readState, type TrainingState, writeState } from './state.js';
import { type StepFunction, stepFunction } from './step-function.js';

/** What a step reports; all of it about the parameters before the update. */
export interface StepResult {
  /** Number of this step, from 1. */
  step: number;
  /** What was minimized. */
  loss: number;
  /** The other terms that the loss function returned. */
  terms: Record<string, number>;
  /** Euclidean norm of the whole gradient before clipping; there with the option `clipNorm`. */
  gradientNorm?: number;
}

/** A model in training: parameters, moments and the compiled step that updates them. */
export interface TrainingStep {
  /** The engine that runs it. */
  readonly engine: string;
  /** Engine `onnx`: the execution provider that runs it, and which were tried in vain. */
  readonly providers?: ProviderReport;
  /** Number of steps taken, those before a restored state included. */
  readonly steps: number;
  /**
   * Takes one step. Calls are worked off in order, one at a time; leave a batch alone until its promise settles. A
   * call that fails or is aborted leaves everything as it was before.
   * @param batch - one array for each input spec, row-major
   * @throws BAD_OPTION, BAD_INPUT (wrong arrays, or after dispose()), ABORTED
   */
  run(batch: readonly TensorValues[], options: StepRunOptions): Promise<StepResult>;
  /** Copies of the parameters as they are now; with a step under way, as they were before it. */
  parameters(): Record<string, ParameterValues>;
  /** Copies of the buffers, likewise; empty without the option `buffers`. */
  buffers(): Record<string, ParameterValues>;
  /** A copy of everything that the next steps depend on, likewise. */
  state(): TrainingState;
  /**
   * Goes on from a state, of this or another process: the steps after it are bit for bit those that would have followed
   * there on the same engine, machine and thread count.
   * @throws BAD_INPUT where names or shapes differ or a step is under way, NON_FINITE; nothing has changed then
   */
  restore(state: TrainingState): void;
  /** Frees what the engine holds, after the steps under way. Parameters and state can still be read. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * Compiles forward pass, gradients and update of all parameters into one function, and keeps parameters, moments and
 * buffers between calls: in two sets of arrays, of which each step reads one and writes the other.
 * @param options - what to train, and how to compile it as for {@link compile}
 * @throws BAD_OPTION; BAD_INPUT for parameters of the wrong length, or without an influence on the loss; NON_FINITE;
 *   UNSUPPORTED_OP; ENGINE_UNAVAILABLE
 */
export async function compileStep<P extends string>(
  options: StepDefinition<P> & CompileOptions,
): Promise<TrainingStep> {
  const { loss, params, buffers, inputs, optimizer, clipNorm, seed, ...compileOptions } = options;
  const given = { loss, params, buffers, inputs, optimizer, clipNorm, seed };
  const definition = parseDefinition(given as unknown as StepDefinition, 'compileStep');
  const step = stepFunction(definition);
  // Copied before anything is awaited: the arrays are the caller's again at once.
  const initial = {
    parameters: flatten(step.groups, definition.params),
    buffers: flatten(step.buffers, definition.buffers),
  };
  const engine = await startEngine(step.fn, step.specs, compileOptions);
  return new Training(definition, initial, step, engine);
}

/**
 * The step as an ONNX graph. Inputs: `state/parameters`, the moments (`state/m`, `state/v` or `state/velocity`),
 * `step/number` (from 1), `step/learning_rate`, `step/seed`, then the batch; outputs: `terms` (the total first),
 * `gradient_norm` with the option `clipNorm`, then `next/…` for each `state/…`. Where parameters differ in learning rate
 * scale or decay, each such group has vectors of its own, `state/parameters.0` and so on. Buffers are one more vector,
 * `state/buffers`, after the moments.
 */
export function traceStep<P extends string>(
  definition: StepDefinition<P>,
  options: Omit<TraceOptions, 'outputNames'> = {},
): OnnxGraph {
  const { fn, specs, outputNames } = stepFunction(
    parseDefinition(definition as unknown as StepDefinition, 'traceStep'),
  );
  return trace(fn, specs, { ...options, outputNames });
}

/**
 * Eager engines never give way to timers and the like, from which a signal may be set; nor would a caller see the
 * result of a step before the one waiting behind it has begun.
 */
const nextTurn = () =>
  new Promise<void>((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });

class Training implements TrainingStep {
  steps = 0;
  readonly engine: string;
  readonly providers?: ProviderReport;
  private seed: number;
  private readonly batchSpecs: readonly TensorSpec[];
  /** Parameters and moments, and where the next step puts theirs. */
  private current: Float32Array[];
  private next: Float32Array[];
  private readonly scalars = [new Int32Array(1), new Float32Array(1), new Int32Array(1)] as const;
  private readonly reports: Float32Array[];
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private disposed = false;

  constructor(
    { inputs, clipNorm, seed }: Definition,
    initial: { parameters: Float32Array[]; buffers: Float32Array[] },
    private readonly step: StepFunction,
    private readonly inner: StepEngine,
  ) {
    this.engine = inner.engine;
    if (inner.providers) this.providers = inner.providers;
    this.seed = seed;
    this.batchSpecs = structuredClone(inputs);
    const { groups, kinds, termNames } = step;
    const zeros = (count: number) =>
      Array.from({ length: count }, () => groups.map(({ size }) => new Float32Array(size))).flat();
    this.current = [...initial.parameters, ...zeros(kinds.length - 1), ...initial.buffers];
    this.next = [...zeros(kinds.length), ...initial.buffers.map(({ length }) => new Float32Array(length))];
    this.reports = [new Float32Array(1 + termNames().length)];
    if (clipNorm !== undefined) this.reports.push(new Float32Array(1));
  }

  async run(batch: readonly TensorValues[], options: StepRunOptions): Promise<StepResult> {
    if (this.disposed)
      throw new RobustaError('BAD_INPUT', 'run() was called on a training step after dispose()');
    const { learningRate, seed, dims: given, signal } = parseRunOptions(options);
    const dims = checkInputs(this.batchSpecs, batch, given);
    const result = this.last.then(() => {
      throwIfAborted(signal);
      return this.take(batch, learningRate, seed, dims);
    });
    this.waiting++;
    const settled = () => {
      this.waiting--;
      return nextTurn();
    };
    this.last = result.then(settled, settled);
    return result;
  }

  private async take(
    batch: readonly TensorValues[],
    learningRate: number,
    seed?: number,
    dims?: Dims,
  ): Promise<StepResult> {
    const { current, next, scalars, reports } = this;
    const step = this.steps + 1;
    scalars[0][0] = step;
    scalars[1][0] = learningRate;
    scalars[2][0] = (seed ?? deriveSeed(this.seed, step)) | 0;
    await this.inner.run([...current, ...scalars, ...batch], [...reports, ...next], dims);
    this.steps = step;
    this.current = next;
    this.next = current;
    const [[loss, ...others], norm] = reports as [Float32Array, Float32Array?];
    return {
      step,
      loss: loss!,
      terms: Object.fromEntries(this.step.termNames().map((name, i) => [name, others[i]!])),
      ...(norm ? { gradientNorm: norm[0]! } : {}),
    };
  }

  parameters(): Record<string, ParameterValues> {
    return unflatten(this.step.groups, this.current.slice(0, this.step.groups.length));
  }

  buffers(): Record<string, ParameterValues> {
    const { buffers } = this.step;
    return unflatten(buffers, this.current.slice(this.current.length - buffers.length));
  }

  state(): TrainingState {
    return writeState({ step: this.steps, seed: this.seed }, this.step, this.current);
  }

  restore(state: TrainingState): void {
    if (this.waiting > 0) {
      throw new RobustaError('BAD_INPUT', 'restore() was called while a step is under way', {
        hint: 'await it first',
      });
    }
    const { step, seed, vectors } = readState(state, this.step);
    this.current = vectors;
    this.steps = step;
    this.seed = seed;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    void this.last.then(() => this.inner.dispose());
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
