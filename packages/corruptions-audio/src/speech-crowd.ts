import { type AudioClip, createRng, deriveSeed, RobustaError } from '@robusta/core';
import { checkClip, monoMix, sumOfSquares } from './clip.js';
import { blockSource, type NoiseSource, type NoiseSynthesis } from './noise-source.js';
import { resample, resampledLength } from './resample.js';

/** What is this far below the loudest 20 ms of a clip, at its ends, is silence: -40 dB. */
const SILENCE = 1e-4;
/** Samples that are made at a time. */
const BLOCK = 8192;

/**
 * Babble of given clips: each talker goes through all of them in random orders, with gaps of 0.15 to 0.9 s; clips are
 * trimmed of silence and brought to one level.
 * @throws BAD_INPUT for clips that cannot be used or are silent
 */
export function speechCrowd(speech: readonly AudioClip[], talkers: number): NoiseSynthesis {
  return (seed, sampleRate) => {
    const clips = speech.map((clip, i) => prepared(clip, sampleRate, `speech[${i}]`));
    const voices = Array.from({ length: talkers }, (_, t) =>
      talkerOf(clips, deriveSeed(seed, 'talker', t), sampleRate),
    );
    const level = 1 / Math.sqrt(talkers);
    return blockSource(() => {
      const sum = new Float32Array(BLOCK);
      for (const voice of voices) {
        const samples = voice(BLOCK);
        for (let n = 0; n < BLOCK; n++) sum[n] = sum[n]! + level * samples[n]!;
      }
      return sum;
    });
  };
}

function talkerOf(clips: readonly Float32Array[], seed: number, sampleRate: number): NoiseSource {
  const rng = createRng(seed);
  let order: number[] = [];
  let isFirst = true;
  return blockSource(() => {
    if (order.length === 0) order = shuffled(clips.length, rng.int);
    const clip = clips[order.pop()!]!;
    const gap = Math.round((0.15 + 0.75 * rng.uniform()) * sampleRate);
    const piece = new Float32Array(clip.length + gap);
    piece.set(clip);
    // Talkers do not start together.
    const start = isFirst ? rng.int(piece.length) : 0;
    isFirst = false;
    return piece.subarray(start);
  });
}

/** 0 to count - 1 in random order (Fisher and Yates). */
function shuffled(count: number, int: (n: number) => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = int(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Mono, at the rate, without silence at both ends, of level 1. */
function prepared(clip: AudioClip, sampleRate: number, what: string): Float32Array {
  checkClip(clip, what, 1000);
  const mono = monoMix(clip.channels);
  const count = Math.max(1, resampledLength(mono.length, clip.sampleRate, sampleRate));
  const samples = trimmed(resample(mono, clip.sampleRate, sampleRate, 0, count), sampleRate);
  const energy = sumOfSquares(samples);
  if (energy === 0) {
    throw new RobustaError('BAD_INPUT', `${what}: the clip is ${mono.length === 0 ? 'empty' : 'silent'}`, {
      hint: 'leave it out',
    });
  }
  const scale = Math.sqrt(samples.length / energy);
  return samples.map((sample) => sample * scale);
}

function trimmed(samples: Float32Array, sampleRate: number): Float32Array {
  const frame = Math.max(1, Math.round(0.02 * sampleRate));
  const energies = Array.from({ length: Math.ceil(samples.length / frame) }, (_, j) =>
    sumOfSquares(samples.subarray(j * frame, (j + 1) * frame)),
  );
  const threshold = SILENCE * energies.reduce((a, b) => Math.max(a, b), 0);
  const first = energies.findIndex((energy) => energy > threshold);
  const last = energies.findLastIndex((energy) => energy > threshold);
  return first < 0 ? new Float32Array(0) : samples.subarray(first * frame, (last + 1) * frame);
}
