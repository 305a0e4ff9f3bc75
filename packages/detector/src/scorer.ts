import { type FeatureSequence, type Modality, RobustaError, throwIfAborted } from '@robusta/core';
import {
  type CompiledFunction,
  type CompileOptions,
  compile,
  compileBuckets,
  type TensorSpec,
} from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import type { BackboneModel } from './backbone.js';
import { modalities } from './data.js';
import type { Branch } from './network.js';
import { featureSpec, type ScoreKind, type ScoringModel, scoresOf } from './scoring.js';
import type { ParameterSpec } from './weights.js';
import { causalWindowsOf, windowsOf } from './windows.js';

/** Longer sequences are scored in overlapping windows: the graphs between snippets grow with the square. */
export const windowSnippets = 1024;

/** Sequences that are scored together: one modality, or for `joint` those that are there. */
export type Features = Partial<Record<Modality, FeatureSequence>>;

/** Runs the scoring pass on sequences of any length. */
export class Scorer {
  /** One function for each kind, what is there, and branch; nothing where there is none that serves every length. */
  private readonly functions = new Map<string, Promise<CompiledFunction | undefined>>();
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly model: ScoringModel,
    private readonly engine: CompileOptions,
  ) {}

  /**
   * Scores of one kind, crops averaged after the sigmoid.
   * @returns `[T]`, each in [0, 1]
   */
  async score(
    kind: ScoreKind,
    features: Features,
    { branch = 'offline', signal }: { branch?: Branch; signal?: AbortSignal | undefined } = {},
  ): Promise<Float32Array> {
    // One at a time: two runs would only share the cores.
    const result = this.queue.then(async () => {
      const run = await this.compiled(kind, presentIn(features), branch);
      return scoreWindows(run, features, [], signal, this.causalContext(branch));
    });
    this.queue = result.catch(() => {});
    return result;
  }

  private causalContext(branch: Branch): number | undefined {
    return branch === 'online' ? this.model.network.model.online!.receptiveField - 1 : undefined;
  }

  /**
   * The scoring function of one kind, compiled when it is first asked for.
   * @param longest - the most snippets that it will get: a backbone that needs a graph for each length has only
   *   one then, of that length
   */
  async compiled(
    kind: ScoreKind,
    present: readonly Modality[],
    branch: Branch,
    longest?: number,
  ): Promise<CompiledFunction> {
    const graph = `${kind} ${present} ${branch}`;
    const pass = scoringPass(this.model, kind, present, { branch });
    const any = await this.once(graph, () => compileForAnyLength(pass, this.engine));
    return any ?? (await this.once(`${graph} ${longest}`, () => compilePadded(pass, this.engine, longest)));
  }

  private once<T extends CompiledFunction | undefined>(key: string, make: () => Promise<T>): Promise<T> {
    let made = this.functions.get(key) as Promise<T> | undefined;
    if (!made) {
      made = make();
      this.functions.set(key, made);
      made.catch(() => this.functions.delete(key));
    }
    return made;
  }

  /** Frees the compiled functions; later calls compile anew. */
  dispose(): void {
    for (const compiled of this.functions.values()) {
      compiled.then(
        (ready) => ready?.dispose(),
        () => {},
      );
    }
    this.functions.clear();
  }
}

const presentIn = (features: Features) => modalities.filter((modality) => features[modality]);

/**
 * Runs a compiled scoring function over a sequence, window by window.
 * @param rest - its inputs after the features
 * @param context - snippets before its own that a causal score sees; absent for scores that see both sides
 */
export async function scoreWindows(
  run: CompiledFunction,
  features: Features,
  rest: readonly Float32Array[],
  signal: AbortSignal | undefined,
  context?: number,
): Promise<Float32Array> {
  const present = presentIn(features);
  const { length } = features[present[0]!]!;
  const windows =
    context === undefined
      ? windowsOf(length, windowSnippets)
      : causalWindowsOf(length, windowSnippets, context);
  const scores = new Float32Array(length);
  for (const { start, length: count, from, to } of windows) {
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

/** A scoring function before it is compiled; the mask is the last argument. */
interface ScoringPass {
  specs: TensorSpec[];
  fn(inputs: tf.Tensor[], mask: tf.Tensor): tf.Tensor[];
}

function scoringPass(
  model: ScoringModel,
  kind: ScoreKind,
  present: readonly Modality[],
  { branch, parameters = {} }: { branch?: Branch; parameters?: Record<string, ParameterSpec> },
): ScoringPass {
  const names = Object.keys(parameters);
  return {
    specs: [
      ...present.map((modality) => featureSpec(model.network.shape, modality, 'T')),
      ...Object.values(parameters).map(({ shape }): TensorSpec => ({ shape: [...shape], dtype: 'float32' })),
    ],
    fn(inputs, mask) {
      const raw = Object.fromEntries(present.map((modality, i) => [modality, inputs[i]!]));
      const given = names.map((name, i) => [name, inputs[present.length + i]!]);
      const settings = {
        ...(branch ? { branch } : {}),
        ...(names.length > 0 ? { weights: Object.fromEntries(given) } : {}),
      };
      return [scoresOf(model, kind, raw, mask, settings)];
    },
  };
}

/** Nothing for a backbone of which one graph cannot serve every length. */
async function compileForAnyLength(
  { specs, fn }: ScoringPass,
  engine: CompileOptions,
): Promise<CompiledFunction | undefined> {
  try {
    return await compile((inputs) => fn(inputs, tf.ones([inputs[0]!.shape[0]!])), specs, engine);
  } catch (error) {
    if (RobustaError.isInstance(error) && error.code === 'NOT_DYNAMIC') return undefined;
    throw error;
  }
}

/** Compiled for a few lengths, or for one that no sequence exceeds, padded and masked. */
function compilePadded({ specs, fn }: ScoringPass, engine: CompileOptions, longest?: number) {
  const buckets = longest === undefined ? {} : { bucketOf: () => longest };
  return compileBuckets((inputs) => fn(inputs, inputs.at(-1)!), specs, { ...engine, ...buckets });
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
  const pass = scoringPass(model, kind, present, { parameters });
  return (await compileForAnyLength(pass, engine)) ?? compilePadded(pass, engine);
}

/** @throws BAD_OPTION for a backbone that has no online branch */
export function requireOnline(name: string, { online }: BackboneModel, what: string): void {
  if (online) return;
  throw new RobustaError('BAD_OPTION', `${what}: backbone "${name}" has no online branch`, {
    hint: 'leave branch out',
  });
}
