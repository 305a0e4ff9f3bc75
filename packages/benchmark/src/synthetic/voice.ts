import { createRng } from '@robusta/core';
import { hashUnit, smoothNoise } from './noise.js';

/** First three resonances of some vowels, hertz. */
const vowels = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [390, 1990, 2550],
  [570, 840, 2410],
  [440, 1020, 2240],
] as const;
const bandwidths = [80, 100, 140] as const;
/** Samples between two updates of the resonances and the pitch. */
const block = 64;

/** A voice that utters syllables; peak of the order of 1. */
export interface VoiceOptions {
  /** Mean pitch. */
  hertz: number;
  /** 0: talks; 1: shouts (higher, brighter, longer syllables, fewer breaks). */
  urgency: number;
  seed: number;
}

/**
 * Renders a voice: a pulse train with breath, through three resonators that follow a sequence of vowels
 * (formant synthesis).
 */
export function renderVoice(
  length: number,
  sampleRate: number,
  { hertz, urgency, seed }: VoiceOptions,
): Float32Array {
  const out = new Float32Array(length);
  const breath = createRng(seed);
  const syllables = 4.6 - 1.8 * urgency;
  // A shout has a flatter spectrum: less of the glottal low-pass.
  const tilt = 0.12 + 0.5 * urgency;
  const state = new Float64Array(6);
  const [g, b1, b2] = [new Float64Array(3), new Float64Array(3), new Float64Array(3)];
  let phase = 0;
  let source = 0;
  let loudness = 0;
  let step = 0;
  for (let i = 0; i < length; i++) {
    if (i % block === 0) {
      const t = (i / sampleRate) * syllables;
      const syllable = Math.floor(t);
      const within = t - syllable;
      const silent = hashUnit(seed, syllable) > 0.5 + 0.4 * urgency;
      const arch = Math.sin(Math.PI * within);
      loudness = silent ? 0 : arch ** (1 - 0.5 * urgency) * (0.75 + 0.25 * hashUnit(seed + 1, syllable));
      const rise = urgency * (0.35 * arch + 0.3 * hashUnit(seed + 2, syllable));
      const pitch = hertz * (1 + 0.1 * smoothNoise(seed + 3, t * 1.7) + rise) * (1 + 0.7 * urgency);
      step = pitch / sampleRate;
      const from = vowels[Math.floor(2.5 * (hashUnit(seed + 4, syllable) + 1))]!;
      const to = vowels[Math.floor(2.5 * (hashUnit(seed + 4, syllable + 1) + 1))]!;
      for (let k = 0; k < 3; k++) {
        const formant = (from[k]! + (to[k]! - from[k]!) * within) * (1 + 0.12 * urgency);
        const r = Math.exp((-Math.PI * bandwidths[k]! * (1 + urgency)) / sampleRate);
        b1[k] = 2 * r * Math.cos((2 * Math.PI * formant) / sampleRate);
        b2[k] = -r * r;
        g[k] = 1 - b1[k]! - b2[k]!;
      }
    }
    phase += step;
    phase -= Math.floor(phase);
    const noise = (0.04 + 0.12 * urgency) * (2 * breath.uniform() - 1);
    source += tilt * (1 - 2 * phase + noise - source);
    let y = source * loudness;
    for (let k = 0; k < 3; k++) {
      y = g[k]! * y + b1[k]! * state[2 * k]! + b2[k]! * state[2 * k + 1]!;
      state[2 * k + 1] = state[2 * k]!;
      state[2 * k] = y;
    }
    out[i] = y;
  }
  return out;
}
