import { type AudioClip, parseOptions, RobustaError } from '@robusta/core';
import { checkClip } from './clip.js';
import { SampleRateSchema } from './options.js';
import { createPace } from './pace.js';
import { createResampler } from './resampler.js';
import { createSampleBlocks } from './sample-blocks.js';

/** Seconds of sound converted in one go. */
const STRETCH_SECONDS = 10;

/**
 * Changes the sample rate of a clip with FFmpeg's resampler, the same that readAudio uses. There is no delay: sample j
 * of the result is heard at j / sampleRate. The result has round(n * sampleRate / clip.sampleRate) samples in
 * each channel, limited to [-1, 1]. At the clip's own rate a copy is returned.
 * @param clip - n samples in each channel
 * @param sampleRate - Hz, 1000 to 768000
 * @throws BAD_OPTION for the rate; BAD_INPUT, LENGTH_MISMATCH or NON_FINITE for the clip
 */
export async function resampleAudio(clip: AudioClip, sampleRate: number): Promise<AudioClip> {
  const outRate = parseOptions(SampleRateSchema, sampleRate, 'resampleAudio: sampleRate');
  checkClip(clip, 'resampleAudio: clip');
  const { channels, sampleRate: inRate } = clip;
  const length = channels[0]!.length;
  const outLength = Math.round((length * outRate) / inRate);
  if (outLength === 0) return { sampleRate: outRate, channels: channels.map(() => new Float32Array(0)) };
  const resampler = createResampler(inRate, outRate, channels.length);
  const blocks = createSampleBlocks(channels.length, outLength);
  const pace = createPace();
  try {
    const stretch = STRETCH_SECONDS * inRate;
    for (let from = 0; from < length; from += stretch) {
      const part = channels.map((samples) => samples.subarray(from, from + stretch));
      const [whole] = blocks.push(resampler.push(part));
      if (whole) return { sampleRate: outRate, channels: whole };
      await pace();
    }
    const [whole] = blocks.push(resampler.finish());
    if (!whole) throw new RobustaError('INTERNAL', 'resampleAudio: the resampler gave too few samples');
    return { sampleRate: outRate, channels: whole };
  } finally {
    resampler.close();
  }
}
