import { type AudioClip, RobustaError } from '@robusta/core';

/** @throws BAD_INPUT, LENGTH_MISMATCH or NON_FINITE if the clip is not what {@link AudioClip} promises */
export function checkClip(clip: AudioClip, what: string): void {
  const { sampleRate, channels } = clip;
  if (!Number.isInteger(sampleRate) || sampleRate < 1000 || sampleRate > 768_000) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what}: sampleRate must be an integer of 1000 to 768000 Hz, received ${sampleRate}`,
    );
  }
  if (!Array.isArray(channels) || channels.length === 0 || channels.length > 8) {
    throw new RobustaError('BAD_INPUT', `${what}: 1 to 8 channels are needed`);
  }
  for (const [index, samples] of channels.entries()) {
    if (!(samples instanceof Float32Array)) {
      throw new RobustaError('BAD_INPUT', `${what}: channel ${index} must be a Float32Array`);
    }
    if (samples.length !== channels[0]!.length) {
      throw new RobustaError(
        'LENGTH_MISMATCH',
        `${what}: channel ${index} has ${samples.length} samples, channel 0 has ${channels[0]!.length}`,
      );
    }
    const bad = samples.findIndex((sample) => !Number.isFinite(sample));
    if (bad >= 0) {
      throw new RobustaError('NON_FINITE', `${what}: sample ${bad} of channel ${index} is ${samples[bad]}`);
    }
  }
}

/** Checks clips as they come and cuts them into pieces of at most a second, views of the same memory. */
export async function* splitClips(
  clips: Iterable<AudioClip> | AsyncIterable<AudioClip>,
): AsyncGenerator<AudioClip, void, undefined> {
  for await (const clip of clips) {
    checkClip(clip, 'writeMedia: audio');
    const { sampleRate, channels } = clip;
    const length = channels[0]!.length;
    for (let from = 0; from < length; from += sampleRate) {
      yield { sampleRate, channels: channels.map((samples) => samples.subarray(from, from + sampleRate)) };
    }
  }
}
