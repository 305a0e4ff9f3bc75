import { type AudioClip, RobustaError } from '@robusta/core';
import type { AudioFormat } from './definition.js';

/** The lowest and highest sample rate of a clip, Hz. */
const RATES = { lowest: 8000, highest: 192000 };

/**
 * Checks a clip at the door.
 * @throws BAD_INPUT for a sample rate outside 8 to 192 kHz, no channels or other arrays than Float32Array,
 *   LENGTH_MISMATCH for channels of different lengths, NON_FINITE naming the first NaN or infinity
 */
export function checkClip({ sampleRate, channels }: AudioClip, what: string, lowest = RATES.lowest): void {
  const count = Array.isArray(channels) ? channels.length : 0;
  checkFormat({ sampleRate, channels: count }, what, lowest);
  checkChannels(channels, what);
}

/** Checks rate and number of channels. */
export function checkFormat(
  { sampleRate, channels }: AudioFormat,
  what: string,
  lowest = RATES.lowest,
): void {
  if (!(sampleRate >= lowest && sampleRate <= RATES.highest)) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: sampleRate must be ${lowest} to ${RATES.highest} Hz, received ${sampleRate}`,
    );
  }
  if (!Number.isInteger(channels) || channels < 1) {
    throw new RobustaError('BAD_INPUT', `${what}: has no channels`);
  }
}

/** Checks types, lengths and samples. */
export function checkChannels(channels: readonly Float32Array[], what: string): void {
  channels.forEach((channel, c) => {
    if (!(channel instanceof Float32Array)) {
      throw new RobustaError('BAD_INPUT', `${what}: channel ${c} is not a Float32Array`);
    }
    if (channel.length !== channels[0]!.length) {
      throw new RobustaError(
        'LENGTH_MISMATCH',
        `${what}: channel ${c} has ${channel.length} samples, channel 0 has ${channels[0]!.length}`,
      );
    }
    // One multiplication and addition a sample; the sum of squares of finite float32 cannot overflow.
    if (!Number.isFinite(sumOfSquares(channel))) {
      const at = channel.findIndex((sample) => !Number.isFinite(sample));
      throw new RobustaError('NON_FINITE', `${what}: sample ${at} of channel ${c} is ${channel[at]}`);
    }
  });
}

/** Sum of squares in double precision, by four sums, so that additions need not wait for one another. */
export function sumOfSquares(samples: Float32Array | Float64Array): number {
  const { length } = samples;
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    a += samples[i]! * samples[i]!;
    b += samples[i + 1]! * samples[i + 1]!;
    c += samples[i + 2]! * samples[i + 2]!;
    d += samples[i + 3]! * samples[i + 3]!;
  }
  for (; i < length; i++) a += samples[i]! * samples[i]!;
  return a + c + (b + d);
}

/** The mean of the channels. */
export function monoMix(channels: readonly Float32Array[]): Float32Array {
  if (channels.length === 1) return channels[0]!;
  const mono = new Float32Array(channels[0]!.length);
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i]!;
    mono[i] = sum / channels.length;
  }
  return mono;
}
