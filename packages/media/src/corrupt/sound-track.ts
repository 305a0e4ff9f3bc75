import { RobustaError } from '@robusta/core';
import { createStreamEncoder, type EncoderName, findEncoder } from '../encoder.js';
import { av, constants } from '../ffmpeg.js';
import type { NativeStream } from '../media-file.js';
import { createSampleBlocks } from '../sample-blocks.js';
import type { CorruptSettings } from './options.js';
import type { SoundSource } from './sound-source.js';
import { describeLike, type OutputFormat, type Track } from './track.js';

/** The corrupted sound on its way into the output. */
export interface SoundTrack extends Track {
  codec: string;
  samples(): number;
}

/** Samples in a frame where the codec does not mind. */
const FRAME = 4096;

/** FLAC, which every container but these two holds without loss; 24 bits keep the noise of rounding below -140 dB. */
const lossless: Record<string, EncoderName> = { mov: 'pcm_s24le', wav: 'pcm_s24le' };

/** Sound at the time of the whole one, exactly as long. */
export function createSoundTrack(
  source: SoundSource,
  like: NativeStream,
  output: OutputFormat,
  muxer: string,
  target: string,
  settings: CorruptSettings,
): SoundTrack {
  const { sampleRate, channels } = source;
  const name = settings.audioCodec === 'aac' ? 'aac' : (lossless[muxer] ?? 'flac');
  const codec = findEncoder(name);
  const rates = codec.supportedSamplerates;
  if (rates && !rates.includes(sampleRate)) {
    throw new RobustaError('BAD_OPTION', `corruptMedia: AAC has no sample rate of ${sampleRate} Hz`, {
      hint: "leave audioCodec at 'lossless'",
    });
  }
  const layout = av.avChannelLayoutDefault(channels);
  const whole = name !== 'aac';
  const format = whole ? constants.AV_SAMPLE_FMT_S32 : constants.AV_SAMPLE_FMT_FLTP;
  const encoder = createStreamEncoder(target, output, {
    codec,
    timeBase: { num: 1, den: sampleRate },
    options: {},
    configure(context) {
      context.sampleRate = sampleRate;
      context.sampleFormat = format;
      context.channelLayout = layout;
      if (whole) context.bitsPerRawSample = 24;
      else context.bitRate = BigInt(settings.audioBitrate);
    },
  });
  describeLike(encoder.stream, like);
  const blocks = createSampleBlocks(channels, encoder.context.frameSize || FRAME);
  const start = Math.round(source.start * sampleRate);
  let samples = 0;
  let sent = 0;
  let ended = false;

  async function send(block: Float32Array[]) {
    const frame = av.Frame.fromAudioBuffer(whole ? integers(block) : planes(block), {
      nbSamples: block[0]!.length,
      format,
      sampleRate,
      channelLayout: layout,
    });
    try {
      frame.pts = BigInt(start + sent);
      frame.duration = BigInt(block[0]!.length);
      sent += block[0]!.length;
      await encoder.encode(frame);
    } finally {
      frame.free();
    }
  }

  return {
    codec: whole && name !== 'flac' ? 'pcm_s24le' : name,
    samples: () => samples,
    time: () => (start + samples) / sampleRate,
    async step() {
      if (ended) return false;
      const next = await source.next();
      if (next) {
        samples += next[0]!.length;
        for (const block of blocks.push(next)) await send(block);
      } else {
        ended = true;
        const rest = blocks.finish();
        if (rest) await send(rest);
        await encoder.encode(null);
      }
      return true;
    },
    close: () => encoder.close(),
  };
}

/** Interleaved whole numbers of 24 bits, in the upper bits of 32. */
function integers(channels: Float32Array[]): Buffer {
  const count = channels.length;
  const mixed = new Int32Array(channels[0]!.length * count);
  for (const [c, samples] of channels.entries()) {
    for (let i = 0; i < samples.length; i++) {
      mixed[i * count + c] = Math.max(-8388608, Math.min(8388607, Math.round(samples[i]! * 8388608))) << 8;
    }
  }
  return Buffer.from(mixed.buffer);
}

const planes = (channels: Float32Array[]) =>
  Buffer.concat(channels.map((c) => Buffer.from(c.buffer, c.byteOffset, c.byteLength)));
