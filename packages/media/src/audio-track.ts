import { type AudioClip, RobustaError } from '@robusta/core';
import { createStreamEncoder, findEncoder } from './encoder.js';
import { check } from './errors.js';
import { av, constants } from './ffmpeg.js';
import { createSampleBlocks } from './sample-blocks.js';

type FormatContext = InstanceType<typeof av.FormatContext>;

/** The sound half of a file being written. */
export interface AudioTrack {
  write(clip: AudioClip): Promise<void>;
  finish(): Promise<void>;
  /** Seconds of what was written. */
  time(): number;
  close(): void;
}

/**
 * AAC-LC of checked clips; the muxer notes the encoder's priming of 1024 samples, so that players and readAudio leave
 * it out.
 */
export function createAudioTrack(
  path: string,
  output: FormatContext,
  first: AudioClip,
  bitrate: number,
): AudioTrack {
  const { sampleRate } = first;
  const channelCount = first.channels.length;
  const codec = findEncoder('aac');
  const rates = codec.supportedSamplerates ?? [];
  if (!rates.includes(sampleRate)) {
    throw new RobustaError('BAD_INPUT', `writeMedia: AAC has no sample rate of ${sampleRate} Hz`, {
      hint: `resampleAudio to one of ${rates.join(', ')} Hz`,
    });
  }
  const layout = av.avChannelLayoutDefault(channelCount);
  const encoder = createStreamEncoder(path, output, {
    codec,
    timeBase: { num: 1, den: sampleRate },
    options: {},
    configure(context) {
      context.sampleRate = sampleRate;
      context.sampleFormat = constants.AV_SAMPLE_FMT_FLTP;
      context.channelLayout = layout;
      context.bitRate = BigInt(bitrate);
    },
  });
  const blocks = createSampleBlocks(channelCount, encoder.context.frameSize);
  let received = 0;
  let sent = 0;

  async function send(channels: Float32Array[]) {
    const frame = new av.Frame();
    try {
      frame.alloc();
      frame.nbSamples = channels[0]!.length;
      frame.format = constants.AV_SAMPLE_FMT_FLTP;
      frame.sampleRate = sampleRate;
      frame.channelLayout = layout;
      check(frame.getBuffer(), path, 'allocating sound');
      for (const [index, samples] of channels.entries()) {
        const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
        frame.extendedData![index]!.set(bytes);
      }
      frame.pts = BigInt(sent);
      frame.duration = BigInt(frame.nbSamples);
      sent += frame.nbSamples;
      await encoder.encode(frame);
    } finally {
      frame.free();
    }
  }

  return {
    async write(clip) {
      if (clip.sampleRate !== sampleRate || clip.channels.length !== channelCount) {
        throw new RobustaError(
          'BAD_INPUT',
          `writeMedia: a clip of ${clip.channels.length} channels at ${clip.sampleRate} Hz follows one of ` +
            `${channelCount} at ${sampleRate} Hz`,
        );
      }
      received += clip.channels[0]!.length;
      for (const block of blocks.push(clip.channels)) await send(block);
    },
    async finish() {
      const rest = blocks.finish();
      if (rest) await send(rest);
      await encoder.encode(null);
    },
    time: () => received / sampleRate,
    close: () => encoder.close(),
  };
}
