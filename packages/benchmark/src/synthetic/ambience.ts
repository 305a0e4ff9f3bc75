import { createRng, deriveSeed, type Rng } from '@robusta/core';
import { smoothNoise } from './noise.js';
import { addScaled, lowPassNoise, rootMeanSquare } from './sources.js';
import { renderVoice } from './voice.js';

/** The sound of a place while nothing happens: root mean square amplitude of each part. */
export interface AmbiencePlan {
  seed: number;
  /** Mains hum, and its frequency. */
  hum: number;
  hertz: number;
  wind: number;
  traffic: number;
  /** People who talk some way off. */
  voices: number;
  /** Noise of the microphone. */
  hiss: number;
}

export function planAmbience(rng: Rng, seed: number): AmbiencePlan {
  const decibels = (low: number, high: number) => 10 ** ((low + (high - low) * rng.uniform()) / 20);
  const now = (share: number, value: number) => (rng.uniform() < share ? value : 0);
  return {
    seed: deriveSeed(seed, 'ambience'),
    hum: now(0.5, decibels(-58, -38)),
    hertz: rng.uniform() < 0.5 ? 50 : 60,
    wind: now(0.5, decibels(-48, -28)),
    traffic: now(0.6, decibels(-48, -27)),
    voices: now(0.5, decibels(-50, -32)),
    hiss: decibels(-68, -48),
  };
}

/** Adds the ambience to `out`. */
export function renderAmbience(out: Float32Array, sampleRate: number, plan: AmbiencePlan): void {
  const { seed } = plan;
  if (plan.hum > 0) addHum(out, sampleRate, plan);
  if (plan.wind > 0) {
    addSwelling(out, sampleRate, plan.wind, {
      seed: deriveSeed(seed, 'wind'),
      cutoff: 350,
      swellsPerSecond: 0.5,
    });
  }
  if (plan.traffic > 0) {
    addSwelling(out, sampleRate, plan.traffic, {
      seed: deriveSeed(seed, 'traffic'),
      cutoff: 900,
      swellsPerSecond: 0.25,
    });
  }
  if (plan.voices > 0) {
    const murmur = new Float32Array(out.length);
    for (let i = 0; i < 3; i++) {
      const voice = renderVoice(out.length, sampleRate, {
        hertz: 95 + 55 * i,
        urgency: 0,
        seed: deriveSeed(seed, 'voice', i),
      });
      addScaled(murmur, 0, voice, 1);
    }
    addScaled(out, 0, murmur, plan.voices / Math.max(1e-9, rootMeanSquare(murmur)));
  }
  const rng = createRng(deriveSeed(seed, 'hiss'));
  const amplitude = plan.hiss * Math.sqrt(12);
  for (let i = 0; i < out.length; i++) out[i] = out[i]! + amplitude * (rng.uniform() - 0.5);
}

function addHum(out: Float32Array, sampleRate: number, { hum, hertz }: AmbiencePlan): void {
  // One cycle of the fundamental fits a whole number of samples closely enough: computed once, then repeated.
  const step = (2 * Math.PI * hertz) / sampleRate;
  const table = new Float64Array(4096);
  for (let i = 0; i < table.length; i++) {
    const phase = (2 * Math.PI * i) / table.length;
    table[i] =
      Math.sin(phase) + 0.6 * Math.sin(2 * phase) + 0.3 * Math.sin(3 * phase) + 0.25 * Math.sin(4 * phase);
  }
  const perStep = (step * table.length) / (2 * Math.PI);
  for (let i = 0; i < out.length; i++)
    out[i] = out[i]! + hum * table[Math.floor(i * perStep) % table.length]!;
}

/** Low-passed noise whose strength swells and ebbs. */
function addSwelling(
  out: Float32Array,
  sampleRate: number,
  level: number,
  { seed, cutoff, swellsPerSecond }: { seed: number; cutoff: number; swellsPerSecond: number },
): void {
  const noise = lowPassNoise(out.length, sampleRate, cutoff, seed);
  const scale = level / rootMeanSquare(noise);
  const block = 256;
  let strength = 0;
  for (let i = 0; i < out.length; i++) {
    if (i % block === 0) strength = 0.9 + 0.8 * smoothNoise(seed, (i / sampleRate) * swellsPerSecond * 2);
    out[i] = out[i]! + scale * strength * noise[i]!;
  }
}
