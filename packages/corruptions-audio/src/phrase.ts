import type { Rng } from '@robusta/core';
import { FRAME, FRAME_VALUES, type Tract, type TractFrames, VOICE_RATE } from './vocal-tract.js';

/** Who talks. */
export interface Talker extends Tract {
  /** Mean frequency of the voice, Hz. */
  pitch: number;
  /** Factor of the formants of an adult man. */
  formantScale: number;
  /** Factor of the lengths of syllables. */
  tempo: number;
}

/** First three formants of vowels, Hz, of adult men (Peterson and Barney, 1952). */
const VOWELS = [
  [270, 2290, 3010],
  [390, 1990, 2550],
  [530, 1840, 2480],
  [660, 1720, 2410],
  [730, 1090, 2440],
  [570, 840, 2410],
  [440, 1020, 2240],
  [300, 870, 2240],
  [640, 1190, 2390],
  [490, 1350, 1690],
] as const;

/** Formants of a nasal or liquid. */
const NASAL = [280, 1250, 2350] as const;
const BURSTS = [1500, 2500, 4000] as const;

/** Frames of a length in seconds, at least one. */
const framesOf = (length: number) => Math.max(1, Math.round((length * VOICE_RATE) / FRAME));
const decibels = (level: number) => 10 ** (level / 20);
const choice = <Item>(rng: Rng, items: readonly Item[]): Item => items[rng.int(items.length)]!;

/** Mean frequency of the voice (Hz) and factor of the formants. */
const KINDS = { man: [115, 1], woman: [205, 1.16], child: [270, 1.28] } as const;

/** Men and women by turns, and one child among eight. */
const kindOf = (index: number) => (index % 8 === 7 ? 'child' : index % 2 === 0 ? 'man' : 'woman');

/**
 * The talkers of a crowd. The voices of a kind are drawn from equal shares of their law, one each, so that every crowd
 * covers the range and no two sound alike.
 */
export function drawTalkers(rng: Rng, count: number): Talker[] {
  const kinds = Array.from({ length: count }, (_, t) => kindOf(t));
  return kinds.map((kind, t) => {
    const [mean, scale] = KINDS[kind];
    const rank = kinds.slice(0, t).filter((other) => other === kind).length;
    const total = kinds.filter((other) => other === kind).length;
    const formantScale = scale * (1 + 0.04 * clamped(rng.normal()));
    return {
      pitch: mean * Math.exp(0.13 * normalQuantile((rank + 0.3 + 0.4 * rng.uniform()) / total)),
      formantScale,
      tempo: Math.exp(0.1 * clamped(rng.normal())),
      f4: 3500 * formantScale,
      f5: 4500 * formantScale,
      breath: 0.02,
      jitter: 0.01,
    };
  });
}

/** Shore's approximation (1982) of the inverse of the normal distribution, within 0.03 for shares of 1 to 99 %. */
function normalQuantile(share: number): number {
  const p = Math.max(0.01, Math.min(0.99, share));
  return p < 0.5 ? -normalQuantile(1 - p) : 5.5556 * (1 - ((1 - p) / p) ** 0.1186);
}

const clamped = (normal: number) => Math.max(-2.5, Math.min(2.5, normal));

/** The frames of a phrase of 4 to 13 syllables and of the gap of 0.15 to 0.9 s behind it. */
export function drawPhrase(rng: Rng, talker: Talker): TractFrames {
  const frames: TractFrames = [];
  const syllables = 4 + rng.int(10);
  let formants = scaled(choice(rng, VOWELS), talker);
  let pitchBefore = talker.pitch * 2 ** (2.5 / 12);
  for (let s = 0; s < syllables; s++) {
    const stressed = rng.uniform() < 1 / 3;
    const length = 0.19 * talker.tempo * Math.exp(0.35 * clamped(rng.normal())) * (stressed ? 1.25 : 1);
    const target = scaled(choice(rng, VOWELS), talker);
    const share = (s + 0.5) / syllables;
    const pitch = talker.pitch * 2 ** ((2.5 - 5 * share + (stressed ? 3 : 0)) / 12);
    // Falls by 3 dB over the phrase, and the last syllable dies away.
    const fall = 1.5 - 3 * share - (s === syllables - 1 ? 3 : 0);
    const level = decibels(fall + (stressed ? 3 : 0) + 3 * clamped(rng.normal()));
    addSyllable(frames, rng, talker, { length, pitchBefore, pitch, level, from: formants, target });
    formants = target;
    pitchBefore = pitch;
  }
  // The last sound dies away in 30 ms.
  addSilence(frames, 0.03 + 0.15 + 0.75 * rng.uniform());
  return frames;
}

interface Syllable {
  /** Seconds. */
  length: number;
  pitchBefore: number;
  pitch: number;
  level: number;
  from: readonly number[];
  target: readonly number[];
}

function addSyllable(frames: TractFrames, rng: Rng, talker: Talker, syllable: Syllable): void {
  const { pitchBefore, pitch, level, from, target } = syllable;
  const consonant = framesOf(0.04 + 0.05 * rng.uniform());
  const vowel = Math.max(framesOf(0.05), framesOf(syllable.length) - consonant);
  const kind = rng.uniform();
  let frame = 0;
  /** The pitch glides from that of the syllable before, and falls by a semitone on the way. */
  const nextPitch = () => {
    const share = ++frame / (consonant + vowel);
    return pitchBefore * (pitch / pitchBefore) ** Math.min(1, 1.7 * share) * 2 ** ((0.5 - share) / 12);
  };
  const add = (formants: readonly number[], voice: number, noise = 0, noiseHz = 3000, noiseWidthHz = 1500) =>
    frames.push(nextPitch(), voice, noise, noiseHz, noiseWidthHz, formants[0]!, formants[1]!, formants[2]!);
  let start = from;
  if (kind < 0.3) {
    // A stop: closed lips, then a burst of 25 ms.
    const burst = Math.min(consonant - 2, 5);
    const noiseHz = choice(rng, BURSTS) * Math.sqrt(talker.formantScale);
    for (let k = 0; k < consonant - burst; k++) add(from, 0);
    for (let k = 0; k < burst; k++) {
      const noise = 0.9 * level * Math.exp((-2 * k) / burst);
      add(from, 0, noise, noiseHz, 1800);
    }
  } else if (kind < 0.55) {
    const voiced = rng.uniform() < 1 / 3;
    const noiseHz = (2500 + 3000 * rng.uniform()) * Math.sqrt(talker.formantScale);
    for (let k = 0; k < consonant; k++) {
      const noise = 0.55 * level * Math.sin((Math.PI * (k + 1)) / (consonant + 1));
      add(from, voiced ? 0.25 * level : 0, noise, noiseHz);
    }
  } else if (kind < 0.8) {
    start = scaled(NASAL, talker);
    for (let k = 0; k < consonant; k++) {
      // Formants that jump would click.
      add(between(from, start, Math.min(1, (k + 1) / 5)), decibels(-7) * level);
    }
  } else {
    // A glide: the voice goes on, the formants start to move.
    const middle = between(from, target, 0.35);
    for (let k = 0; k < consonant; k++) {
      add(between(from, middle, (k + 1) / consonant), decibels(-3) * level);
    }
    start = middle;
  }
  const moving = 0.55 * vowel;
  for (let k = 0; k < vowel; k++) {
    const share = k < moving ? 0.5 - 0.5 * Math.cos((Math.PI * k) / moving) : 1;
    // Rises in 20 ms and falls towards the next consonant.
    const envelope = Math.min(1, (k + 1) / 5) * (1 - 0.95 * (k / vowel) ** 2);
    add(between(start, target, share), level * envelope);
  }
}

function addSilence(frames: TractFrames, length: number): void {
  const last = frames.slice(-FRAME_VALUES);
  last[1] = 0;
  last[2] = 0;
  for (let k = 0; k < framesOf(length); k++) frames.push(...last);
}

/** A step of a share from one set of formants to another. */
const between = (from: readonly number[], to: readonly number[], share: number) =>
  from.map((value, i) => value + share * (to[i]! - value));

const scaled = (formants: readonly number[], { formantScale }: Talker) =>
  formants.map((value) => value * formantScale);
