import { type AudioClip, RobustaError } from '@robusta/core';
import { checkClip, monoMix, sumOfSquares } from './clip.js';
import type { NoiseSource } from './noise-source.js';
import { resample, resampledLength } from './resample.js';

/** A recording of noise at a clip's rate, read in a loop. */
export interface NoiseLoop {
  /** Samples of the loop at the clip's rate. */
  length: number;
  /** The loop from a sample on, wrapped around at the end. */
  from(offset: number): NoiseSource;
}

/**
 * Prepares a recording: mixed to mono, band-limited to the clip's rate.
 * @param assumeSampleRate - the true rate of a recording whose header says another
 * @param loopFadeMs - length of the cross-fade (equal power) at the join of the loop; 0 joins hard
 * @throws BAD_INPUT for an empty or silent recording
 */
export function noiseLoop(
  recording: AudioClip,
  sampleRate: number,
  assumeSampleRate: number | undefined,
  loopFadeMs: number,
): NoiseLoop {
  checkClip(recording, 'noise', 1000);
  const mono = monoMix(recording.channels);
  if (sumOfSquares(mono) === 0) {
    throw new RobustaError('BAD_INPUT', `noise: the recording is ${mono.length === 0 ? 'empty' : 'silent'}`, {
      hint: 'give another recording, or leave noise out to have it synthesized',
    });
  }
  const from = assumeSampleRate ?? recording.sampleRate;
  const length = Math.max(1, resampledLength(mono.length, from, sampleRate));
  const fade = Math.min(Math.round((loopFadeMs * sampleRate) / 1000), length >> 1);
  let whole: Float32Array | undefined;
  const loop = () => {
    whole ??= fadedLoop(resample(mono, from, sampleRate, 0, length), fade);
    return whole;
  };
  return {
    length: length - fade,
    from(offset) {
      let at = offset % (length - fade);
      return (count) => {
        const start = at;
        at = (at + count) % (length - fade);
        // A short piece of a long recording is resampled alone.
        if (whole || fade > 0 || start + count > length || 4 * count > length) {
          return wrapAround(loop(), start, count);
        }
        return resample(mono, from, sampleRate, start, count);
      };
    },
  };
}

function wrapAround(loop: Float32Array, offset: number, count: number): Float32Array {
  if (offset + count <= loop.length) return loop.subarray(offset, offset + count);
  const samples = new Float32Array(count);
  for (let done = 0, at = offset; done < count; at = 0) {
    const piece = loop.subarray(at, at + count - done);
    samples.set(piece, done);
    done += piece.length;
  }
  return samples;
}

/** Lays the last `fade` samples over the first ones. */
function fadedLoop(samples: Float32Array, fade: number): Float32Array {
  const length = samples.length - fade;
  const result = samples.slice(0, length);
  for (let i = 0; i < fade; i++) {
    const angle = ((i + 0.5) / fade) * (Math.PI / 2);
    result[i] = samples[i]! * Math.sin(angle) + samples[length + i]! * Math.cos(angle);
  }
  return result;
}
