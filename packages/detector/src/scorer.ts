import { type FeatureSequence, type Modality, RobustaError, throwIfAborted } from '@robusta/core';
import {
  type CompiledFunction,
  type CompileOptions,
  compile,
  compileBuckets,
  type TensorSpec,
} from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { modalities } from './data.js';
import { featureSpec, type ScoreKind, type ScoringModel, scoresOf } from './scoring.js';
import type { ParameterSpec } from './weights.js';
import { windowsOf } from './windows.js';

/** Longer sequences are scored in overlapping windows: the graphs between snippets grow with the square. */
export const windowSnippets = 1024;

/** Sequences that are scored together: one modality, or for `joint` those that are there. */
export type Features = Partial<Record<Modality, FeatureSequence>>;

/** Runs the scoring pass on sequences of any length. */
export class Scorer {
  /** One function for each kind and what is there; it serves every length. */
  private readonly functions = new Map<string, Promise<CompiledFunction>>();
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly model: ScoringModel,
    private readonly engine: CompileOptions,
  ) {}

  /**
   * Scores of one kind, crops averaged after the sigmoid.
   * @returns `[T]`, each in [0, 1]
   */
  async score(kind: ScoreKind, features: Features, signal?: AbortSignal): Promise<Float32Array> {
    // One at a time: two runs would only share the cores.
    const result = this.queue.then(() => this.scoreNow(kind, features, signal));
    this.queue = result.catch(() => {});
    return result;
  }

  private async scoreNow(kind: ScoreKind, features: Features, signal?: AbortSignal): Promise<Float32Array> {
    const present = modalities.filter((modality) => features[modality]);
    const { length } = features[present[0]!]!;
    return scoreWindows(await this.compiled(kind, present), features, length, [], signal);
  }

  private compiled(kind: ScoreKind, present: readonly Modality[]): Promise<CompiledFunction> {
    const key = `${kind} ${present}`;
    let compiled = this.functions.get(key);
    if (!compiled) {
      compiled = compileScoring(this.model, kind, present, this.engine);
      this.functions.set(key, compiled);
      compiled.catch(() => this.functions.delete(key));
    }
    return compiled;
  }

  /** Frees the compiled functions; later calls compile anew. */
  dispose(): void {
    for (const compiled of this.functions.values()) {
      compiled.then(
        (ready) => ready.dispose(),
        () => {},
      );
    }
    this.functions.clear();
  }
}

/**
 * Runs a compiled scoring function over a sequence, window by window.
 * @param rest - its inputs after the features
 */
export async function scoreWindows(
  run: CompiledFunction,
  features: Features,
  length: number,
  rest: readonly Float32Array[],
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const present = modalities.filter((modality) => features[modality]);
  const scores = new Float32Array(length);
  for (const { start, length: count, from, to } of windowsOf(length, windowSnippets)) {
    throwIfAborted(signal);
    const inputs = present.map((modality) => {
      const { data, crops, dim } = features[modality]!;
      return data.subarray(start * crops * dim, (start + count) * crops * dim);
    });
    const [values] = (await run.run([...inputs, ...rest])) as [Float32Array];
    scores.set(values.subarray(from - start, to - start), from);
  }
  return scores;
}

/**
 * One graph for every length; a backbone that cannot be written so is compiled for a few lengths, masked.
 * @param present - modalities that are given, the first inputs of the graph
 * @param parameters - which parameters are inputs too, after the features; by default all are constants
 */
export async function compileScoring(
  model: ScoringModel,
  kind: ScoreKind,
  present: readonly Modality[],
  engine: CompileOptions,
  parameters: Record<string, ParameterSpec> = {},
): Promise<CompiledFunction> {
  const names = Object.keys(parameters);
  const specs: TensorSpec[] = [
    ...present.map((modality) => featureSpec(model.network.shape, modality, 'T')),
    ...Object.values(parameters).map(({ shape }): TensorSpec => ({ shape: [...shape], dtype: 'float32' })),
  ];
  const scores = (inputs: tf.Tensor[], mask: tf.Tensor) => {
    const raw = Object.fromEntries(present.map((modality, i) => [modality, inputs[i]!]));
    const given = names.map((name, i) => [name, inputs[present.length + i]!]);
    return [scoresOf(model, kind, raw, mask, names.length > 0 ? { weights: Object.fromEntries(given) } : {})];
  };
  try {
    return await compile((inputs) => scores(inputs, tf.ones([inputs[0]!.shape[0]!])), specs, engine);
  } catch (error) {
    if (!RobustaError.isInstance(error) || error.code !== 'NOT_DYNAMIC') throw error;
    return compileBuckets((inputs) => scores(inputs, inputs.at(-1)!), specs, engine);
  }
}
