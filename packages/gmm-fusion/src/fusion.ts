import { RobustaError } from '@robusta/core';

/** The two numbers of Eq. 5 for one modality. */
export interface Calibration {
  /** Steepness, per nat, above 0: the weight falls as the negative log-likelihood grows. */
  c: number;
  /** Minus the negative log-likelihood at which λ is 0.25, nats. */
  x0: number;
}

/** One value a modality. */
export interface PerModality<T> {
  visual: T;
  audio: T;
}

/** Values of a modality that may be absent. */
type Maybe<T> = { [M in 'visual' | 'audio']?: T | null | undefined };

/** `[T]`, null where this modality is missing for one snippet. */
type Snippets = ArrayLike<number | null>;

/**
 * Eq. 5 of the paper, λ = 0.5 / (1 + exp(c·(nll + x0))).
 * @param nll - `[T]`, negative log-likelihoods (Eq. 4), nats
 * @returns `[T]`, each in [0, 0.5]: 0.5 for surely clean features, 0 for hopeless ones
 * @throws BAD_OPTION unless c > 0, NON_FINITE
 */
export function modalityLambda(nll: ArrayLike<number>, calibration: Calibration): Float64Array {
  checkCalibration(calibration);
  checkFinite(nll, 'nll');
  return Float64Array.from(nll, (value) => 0.5 / (1 + Math.exp(exponent(value, calibration))));
}

/**
 * λ of both modalities, divided by their sum. Formed from log λ, so that two hopeless modalities give no 0/0.
 * @param nll - `[T]` a modality, nats; a missing modality is absent or null, one that is missing for a while has null
 * at these snippets
 * @returns `[T]` a modality, each pair sums to 1; exactly 0 for a missing modality and 1 for the other
 * @throws MISSING_MODALITY when both are missing, altogether or at one snippet, which it names; LENGTH_MISMATCH,
 * BAD_OPTION unless c > 0, NON_FINITE
 */
export function modalityWeights(
  nll: Maybe<Snippets>,
  calibration: Maybe<Calibration>,
): PerModality<Float64Array> {
  const length = commonLength(nll.visual, nll.audio, 'modalityWeights');
  const visual = logLambda(nll.visual, calibration.visual, length, 'visual');
  const audio = logLambda(nll.audio, calibration.audio, length, 'audio');
  const weights = { visual: new Float64Array(length), audio: new Float64Array(length) };
  for (let t = 0; t < length; t++) {
    // -Infinity: missing.
    if (visual[t] === audio[t] && visual[t] === -Infinity) {
      throw new RobustaError(
        'MISSING_MODALITY',
        `modalityWeights: both modalities are missing at snippet ${t}`,
        { hint: 'leave such snippets out', details: { snippet: t } },
      );
    }
    const ratio = visual[t]! - audio[t]!;
    weights.visual[t] = 1 / (1 + Math.exp(-ratio));
    weights.audio[t] = 1 / (1 + Math.exp(ratio));
  }
  return weights;
}

/**
 * Eq. 3 of the paper: the weighted sum of the scores of both modalities.
 * @param scores - `[T]` a modality, anomaly scores in [0, 1]; a missing modality is absent or null, one that is missing
 * for a while has null at these snippets, and its weights there must be 0
 * @param weights - `[T]` a modality or one number for all T (0.5 and 0.5: plain averaging), each pair sums to 1
 * @returns `[T]`, in [0, 1]; Float64Array when the weights are Float64Arrays, otherwise Float32Array
 * @throws MISSING_MODALITY, LENGTH_MISMATCH, NON_FINITE, BAD_INPUT for scores outside [0, 1] or weights that do
 * not sum to 1
 */
export function fuse(scores: Maybe<Snippets>, weights: PerModality<Float64Array>): Float64Array;
export function fuse(scores: Maybe<Snippets>, weights: PerModality<ArrayLike<number> | number>): Float32Array;
export function fuse(
  scores: Maybe<Snippets>,
  weights: PerModality<ArrayLike<number> | number>,
): Float32Array | Float64Array {
  const { visual, audio } = scores;
  const length = commonLength(visual, audio, 'fuse');
  checkScores(visual, 'visual');
  checkScores(audio, 'audio');
  const w = {
    visual: broadcast(weights.visual, length, 'visual'),
    audio: broadcast(weights.audio, length, 'audio'),
  };
  const isDouble = weights.visual instanceof Float64Array && weights.audio instanceof Float64Array;
  const fused = isDouble ? new Float64Array(length) : new Float32Array(length);
  for (let t = 0; t < length; t++) {
    const wv = w.visual(t);
    const wa = w.audio(t);
    if (!(wv >= 0 && wa >= 0 && Math.abs(wv + wa - 1) <= 1e-5)) {
      throw new RobustaError(
        'BAD_INPUT',
        `fuse: the weights of snippet ${t} are ${wv} and ${wa}; they must sum to 1`,
      );
    }
    fused[t] = share(visual?.[t], wv, t, 'visual') + share(audio?.[t], wa, t, 'audio');
  }
  return fused;
}

function share(score: number | null | undefined, weight: number, t: number, name: string): number {
  if (typeof score === 'number') return weight * score;
  if (weight === 0) return 0;
  throw new RobustaError(
    'MISSING_MODALITY',
    `fuse: there is no ${name} score of snippet ${t}, but a weight of ${weight}`,
    { hint: `form the weights without the ${name} modality there`, details: { snippet: t } },
  );
}

/** Clamped, so that differences of two of them stay finite for any finite nll. */
function exponent(nll: number, { c, x0 }: Calibration): number {
  return Math.min(1e300, Math.max(-1e300, c * (nll + x0)));
}

/** -Infinity where the modality is missing. */
function logLambda(
  nll: Snippets | null | undefined,
  calibration: Calibration | null | undefined,
  length: number,
  name: string,
): Float64Array {
  if (!nll) return new Float64Array(length).fill(-Infinity);
  if (!calibration) throw new RobustaError('BAD_OPTION', `modalityWeights: there is no ${name} calibration`);
  checkCalibration(calibration);
  checkFinite(nll, `${name} nll`);
  return Float64Array.from(nll, (value) => {
    if (value === null) return -Infinity;
    const t = exponent(value, calibration);
    return -Math.LN2 - (Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t))));
  });
}

function checkCalibration({ c, x0 }: Calibration): void {
  if (!(c > 0 && Number.isFinite(c) && Number.isFinite(x0))) {
    throw new RobustaError(
      'BAD_OPTION',
      `calibration: c must be above 0 and x0 finite, received c ${c} and x0 ${x0}`,
      {
        hint: 'c below 0 would reward corruption; x0 is minus the nll of the midpoint',
      },
    );
  }
}

function checkFinite(values: Snippets, what: string): void {
  for (let t = 0; t < values.length; t++) {
    const value = values[t]!;
    if (value !== null && !Number.isFinite(value)) {
      throw new RobustaError('NON_FINITE', `${what}: value ${t} is ${value}`);
    }
  }
}

function checkScores(scores: Snippets | null | undefined, name: string): void {
  if (!scores) return;
  checkFinite(scores, `fuse: ${name} scores`);
  for (let t = 0; t < scores.length; t++) {
    const score = scores[t]!;
    if (score !== null && !(score >= 0 && score <= 1)) {
      throw new RobustaError('BAD_INPUT', `fuse: ${name} score ${t} is ${score}; scores lie in [0, 1]`);
    }
  }
}

function commonLength(
  visual: Snippets | null | undefined,
  audio: Snippets | null | undefined,
  what: string,
): number {
  if (visual && audio && visual.length !== audio.length) {
    throw new RobustaError(
      'LENGTH_MISMATCH',
      `${what}: ${visual.length} visual values and ${audio.length} audio values`,
      { hint: 'bring both modalities to one length with alignModalities first' },
    );
  }
  const present = visual ?? audio;
  if (!present) throw new RobustaError('MISSING_MODALITY', `${what}: both modalities are missing`);
  return present.length;
}

function broadcast(weights: ArrayLike<number> | number, length: number, name: string): (t: number) => number {
  if (typeof weights === 'number') return () => weights;
  if (weights.length !== length) {
    throw new RobustaError('LENGTH_MISMATCH', `fuse: ${length} scores and ${weights.length} ${name} weights`);
  }
  return (t) => weights[t]!;
}
