import { type FeatureSequence, type Modality, RobustaError, throwIfAborted } from '@robusta/core';
import { type DynamicWeighting, fuse, modalityWeights, type PerModality } from '@robusta/gmm-fusion';
import type { Condition } from '../protocol/condition.js';
import type { Method } from './config.js';
import { equalWeights } from './equal-weights.js';
import type { MethodScores } from './evaluate.js';
import { readTogether } from './feature-store.js';
import { cleanPairOf, type InputPair, inputName, type ModalityInput, pairName } from './inputs.js';
import type { SeedModels } from './train-stage.js';

/** A test video whose features can be read. */
export interface TestVideo {
  id: string;
  label: 0 | 1;
  /** Frames on the 24-fps grid. */
  frames: number;
  /** Anomalous stretches `[start, end)` in frames. */
  intervals: [start: number, end: number][];
  modalities: readonly Modality[];
  /** Reads the features of a modality that it has. */
  read(modality: Modality, condition: Condition): Promise<FeatureSequence>;
}

/** Scores of a pair of inputs. */
export interface PairScores {
  scores: MethodScores;
  /** `[T]` a modality, dynamic weights; absent without the method `dynamic` and where a modality is missing. */
  weights?: PerModality<Float32Array>;
}

/** What the models of one repetition say of a test video. */
export interface VideoScores {
  /** T, the length of every score. */
  snippets: number;
  /** By {@link pairName}. */
  pairs: ReadonlyMap<string, PairScores>;
  /** `[T]`, how probably each snippet is compromised, by {@link inputName}; empty without a weighting that can tell. */
  compromised: Record<Modality, ReadonlyMap<string, Float32Array>>;
}

/** What the models say of one modality by itself; absent what no method needs. */
interface Judged {
  shared?: Float32Array;
  padding?: Float32Array;
  /** `[T]`, Eq. 4. */
  nll?: Float64Array;
}

/**
 * Scores one test video with the models of one repetition. Whatever the number of pairs, each input of a modality is read
 * and judged once, and at most one visual input is in memory beside the clean one and those of the sound.
 * @param wanted - inputs that take part in the run; the clean video always does
 * @throws what reading features and scoring throw; LENGTH_MISMATCH for a corrupted input of fewer snippets than the
 *   clean one; ABORTED
 */
export async function scoreVideo(
  video: TestVideo,
  wanted: readonly InputPair[],
  models: SeedModels,
  methods: readonly Method[],
  signal?: AbortSignal,
): Promise<VideoScores> {
  const clean = await readTogether(video.modalities, (modality) => video.read(modality, 'clean'));
  const snippets = (clean.visual ?? clean.audio)!.length;
  const pairs = new Map<string, PairScores>();
  const compromised = { visual: new Map<string, Float32Array>(), audio: new Map<string, Float32Array>() };

  const take = async (modality: Modality, input: ModalityInput): Promise<Taken> => {
    if (input === 'missing') return {};
    throwIfAborted(signal);
    const features =
      input === 'clean'
        ? clean[modality]!
        : cut(await video.read(modality, input), snippets, `${video.id}, ${inputName(input)}`);
    const { judged, probability } = await judge(modality, features, models, methods);
    if (probability) compromised[modality].set(inputName(input), probability);
    return { features, judged };
  };
  const sounds = new Map<string, Promise<Taken>>();
  const takeSound = (input: ModalityInput): Promise<Taken> => {
    const name = inputName(input);
    const taken = sounds.get(name) ?? take('audio', input);
    sounds.set(name, taken);
    return taken;
  };

  for (const group of byVisual([cleanPairOf(video), ...wanted])) {
    const visual = await take('visual', group[0]!.visual);
    for (const pair of group) {
      const audio = await takeSound(pair.audio);
      pairs.set(pairName(pair), await scorePair(visual, audio, snippets, models, methods));
    }
  }
  return { snippets, pairs, compromised };
}

/** An input with what was made of it; nothing where it is missing. */
interface Taken {
  features?: FeatureSequence;
  judged?: Judged;
}

/** Each pair once, those of one visual input together. */
function byVisual(pairs: readonly InputPair[]): InputPair[][] {
  const groups = new Map<string, Map<string, InputPair>>();
  for (const pair of pairs) {
    const name = inputName(pair.visual);
    const group = groups.get(name) ?? new Map<string, InputPair>();
    groups.set(name, group.set(pairName(pair), pair));
  }
  return [...groups.values()].map((group) => [...group.values()]);
}

/** The first rows of a sequence. */
function cut(sequence: FeatureSequence, length: number, what: string): FeatureSequence {
  const { crops, dim, data } = sequence;
  if (sequence.length === length) return sequence;
  if (sequence.length > length) return { ...sequence, length, data: data.subarray(0, length * crops * dim) };
  throw new RobustaError(
    'LENGTH_MISMATCH',
    `${what}: has ${sequence.length} snippets, the clean video ${length}`,
    { hint: 'remove its feature file and run again' },
  );
}

async function judge(
  modality: Modality,
  features: FeatureSequence,
  { shared, padding }: SeedModels,
  methods: readonly Method[],
): Promise<{ judged: Judged; probability?: Float32Array }> {
  const judged: Judged = {};
  if (padding) judged.padding = (await padding.detector.score({ [modality]: features }))[modality]!;
  if (!shared) return { judged };
  const score = (await shared.detector.score({ [modality]: features }))[modality]!;
  judged.shared = score;
  if (!methods.includes('dynamic')) return { judged };
  const found = shared.weighting!.explain({ [modality]: features, scores: { [modality]: score } })[modality]!;
  judged.nll = found.nll;
  if (!canDetect(shared.weighting!)) return { judged };
  return { judged, probability: Float32Array.from(found.lambda, (lambda) => 1 - 2 * lambda) };
}

/** Equal weights judge nothing. */
function canDetect({ parameters: { visual, audio } }: DynamicWeighting): boolean {
  return (visual ?? audio)?.density.kind !== 'none';
}

/** Eq. 1 with the `concat` model; Eq. 2 with the others, fused (Eq. 3) by equal or by dynamic weights. */
async function scorePair(
  visual: Taken,
  audio: Taken,
  snippets: number,
  models: SeedModels,
  methods: readonly Method[],
): Promise<PairScores> {
  if (!visual.features && !audio.features) {
    // Nothing is left that could raise an alarm.
    return { scores: Object.fromEntries(methods.map((method) => [method, new Float32Array(snippets)])) };
  }
  const scores: MethodScores = {};
  if (models.concat) {
    const features = { visual: visual.features, audio: audio.features };
    scores.concat = (await models.concat.detector.score(features)).joint!;
  }
  const of = (which: 'shared' | 'padding') => ({
    ...(visual.judged?.[which] ? { visual: visual.judged[which] } : {}),
    ...(audio.judged?.[which] ? { audio: audio.judged[which] } : {}),
  });
  if (models.padding) scores.padding = fuse(of('padding'), equalWeights(of('padding')));
  if (!models.shared) return { scores };
  const single = of('shared');
  if (methods.includes('average')) scores.average = fuse(single, equalWeights(single));
  if (!methods.includes('dynamic')) return { scores };
  const { parameters } = models.shared.weighting!;
  const { visual: wv, audio: wa } = modalityWeights(
    { visual: visual.judged?.nll, audio: audio.judged?.nll },
    { visual: parameters.visual?.calibration, audio: parameters.audio?.calibration },
  );
  const weights = { visual: Float32Array.from(wv), audio: Float32Array.from(wa) };
  scores.dynamic = fuse(single, weights);
  return visual.features && audio.features ? { scores, weights } : { scores };
}
