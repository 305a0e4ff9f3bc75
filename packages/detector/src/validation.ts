import { type Modality, RobustaError, throwIfAborted } from '@robusta/core';
import { averagePrecision, expandToFrames, prAuc, rocAuc } from '@robusta/metrics';
import type { CompiledFunction, CompileOptions } from '@robusta/tfjs-onnx';
import { checkFeatures, checkSameLength, featuresOf, modalities, type ValidationVideo } from './data.js';
import type { Network } from './network.js';
import type { ParsedTrainOptions } from './options.js';
import type { Scalings } from './scaling.js';
import { compileScoring, type Features, scoreWindows } from './scorer.js';
import type { ScoreKind } from './scoring.js';
import { inMemory } from './stored.js';
import type { Weights } from './weights.js';

const metrics = { averagePrecision, prAuc, rocAuc };

/** What `trainDetector` is told about validation. */
export type ValidationOptions = NonNullable<ParsedTrainOptions['validation']>;

/**
 * Checks validation videos against the features that a detector is trained on.
 * @throws MISSING_MODALITY, FEATURE_MISMATCH, LENGTH_MISMATCH, NON_FINITE, NON_BINARY_LABEL, NO_POSITIVE, NO_NEGATIVE,
 *   each naming the video
 */
export async function checkValidation(
  videos: readonly ValidationVideo[],
  { shape }: Network,
  signal?: AbortSignal,
): Promise<void> {
  const labelled = videos.filter(({ labels }) => labels).length;
  const found = new Set<number>();
  for (const video of videos) {
    const what = `validation video ${JSON.stringify(video.id)}`;
    const present = modalities.filter((modality) => video[modality]);
    if (present.length === 0) throw new RobustaError('MISSING_MODALITY', `${what}: has no features`);
    for (const modality of present) {
      throwIfAborted(signal);
      const features = video[modality]!;
      checkFeatures(await inMemory(features), modality, shape, featuresOf(what, features, modality));
    }
    checkSameLength(video.visual, video.audio, what);
    if (labelled > 0) checkLabels(video, video[present[0]!]!.length, what);
    else if (video.label !== 0 && video.label !== 1) {
      throw new RobustaError('NON_BINARY_LABEL', `${what}: label is ${JSON.stringify(video.label)}`);
    }
    for (const label of video.labels ?? [video.label]) found.add(label);
  }
  for (const [label, code, name] of [
    [1, 'NO_POSITIVE', 'anomalous'],
    [0, 'NO_NEGATIVE', 'normal'],
  ] as const) {
    if (!found.has(label)) {
      throw new RobustaError(
        code,
        `trainDetector: nothing in the ${videos.length} validation videos is ${name}`,
        {
          hint: 'validation needs both normal and anomalous videos',
        },
      );
    }
  }
}

function checkLabels({ labels }: ValidationVideo, snippets: number, what: string): void {
  if (!labels) {
    throw new RobustaError('BAD_INPUT', `${what}: has no labels, though other validation videos have`);
  }
  if (labels.length === 0 || labels.length % snippets !== 0) {
    throw new RobustaError(
      'LENGTH_MISMATCH',
      `${what}: ${labels.length} labels for ${snippets} snippets, expected the same number for each`,
    );
  }
  const wrong = labels.findIndex((label) => label !== 0 && label !== 1);
  if (wrong >= 0) {
    throw new RobustaError(
      'NON_BINARY_LABEL',
      `${what}: label ${wrong} is ${labels[wrong]}, expected 0 or 1`,
    );
  }
}

/** Measures how well weights tell the anomalous parts of videos, while they are trained. */
export class Validator {
  private readonly functions = new Map<string, Promise<CompiledFunction>>();

  constructor(
    private readonly network: Network,
    private readonly scalings: Scalings,
    private readonly options: ValidationOptions,
    private readonly engine: CompileOptions,
  ) {}

  /**
   * The metric over the snippets (or frames) of all videos. Modalities that are scored apart count the same.
   * @throws ABORTED; NON_FINITE where a score is no number
   */
  async measure(weights: Weights, signal?: AbortSignal): Promise<number> {
    const labels: number[] = [];
    const values: number[] = [];
    for (const video of this.options.videos) {
      throwIfAborted(signal);
      const scores = await this.scoresOf(weights, video, signal);
      if (video.labels) {
        const framesPerSnippet = video.labels.length / scores.length;
        for (const label of video.labels) labels.push(label);
        for (const score of expandToFrames(scores, { framesPerSnippet })) values.push(score);
      } else {
        labels.push(video.label);
        values.push(scores.reduce((highest, score) => Math.max(highest, score)));
      }
    }
    return metrics[this.options.metric](Uint8Array.from(labels), Float32Array.from(values));
  }

  private async scoresOf(
    weights: Weights,
    { visual, audio }: ValidationVideo,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const features: Features = {};
    if (visual) features.visual = await inMemory(visual);
    if (audio) features.audio = await inMemory(audio);
    if (this.network.fusion === 'concat') return this.score('joint', features, weights, signal);
    const each: Float32Array[] = [];
    for (const modality of modalities) {
      const sequence = features[modality];
      if (sequence) each.push(await this.score(modality, { [modality]: sequence }, weights, signal));
    }
    return each[0]!.map((_, t) => each.reduce((sum, scores) => sum + scores[t]!, 0) / each.length);
  }

  private async score(
    kind: ScoreKind,
    features: Features,
    weights: Weights,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const present = modalities.filter((modality) => features[modality]);
    const parameters = Object.keys(this.network.parameters).map((name) => weights[name]!.data);
    const run = await this.compiled(kind, present);
    return scoreWindows(run, features, parameters, signal);
  }

  private compiled(kind: ScoreKind, present: readonly Modality[]): Promise<CompiledFunction> {
    const key = `${kind} ${present}`;
    let compiled = this.functions.get(key);
    if (!compiled) {
      const { network, scalings } = this;
      // The weights change from one validation to the next, the graph does not.
      compiled = compileScoring(
        { network, scalings, weights: {} },
        kind,
        present,
        this.engine,
        network.parameters,
      );
      this.functions.set(key, compiled);
    }
    return compiled;
  }

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
