import { createByteNoise } from '../bit-error/byte-noise.js';
import { openDecoder } from '../decoder.js';
import { findEncoder, openEncoder } from '../encoder.js';
import { check } from '../errors.js';
import { av, constants } from '../ffmpeg.js';
import { createPace } from '../pace.js';
import { replaceData } from '../packet-reader.js';
import { createSampleBlocks } from '../sample-blocks.js';
import { createSampleReader } from '../sample-reader.js';
import type { CodecSettings } from './options.js';

/** Sends sound of one or two channels through a codec and back. */
export interface RoundTrip {
  /** @returns what has come back, in order, without the codec's delay */
  push(channels: Float32Array[]): Promise<Float32Array[][]>;
  /** @returns the rest: in all as many samples as went in */
  finish(): Promise<Float32Array[][]>;
  /** Bytes of the coded sound, and how many of them were replaced. */
  measured(): { bytes: number; hits: number; lostSamples: number };
  close(): void;
}

const encoders = { mp3: 'libmp3lame', aac: 'aac', opus: 'libopus' } as const;

/** LAME's own scale from 0 (slow) to 9; FFmpeg takes 5 by itself. */
const LAME_EFFORT = '5';

/** What is named in errors, for want of a file. */
const WHAT = 'bitrate';

/** Sound has the codec's sample rate on both sides. Times come from the packets, so that none of it moves. */
export function createRoundTrip(
  { codec, kbps, codecSampleRate: codecRate, bytesPerError, seed }: CodecSettings,
  channelCount: number,
): RoundTrip {
  const layout = av.avChannelLayoutDefault(channelCount);
  const interleaved = codec === 'opus';
  const format = interleaved ? constants.AV_SAMPLE_FMT_FLT : constants.AV_SAMPLE_FMT_FLTP;
  const encoder = openEncoder(WHAT, {
    codec: findEncoder(encoders[codec]),
    timeBase: { num: 1, den: codecRate },
    options: {
      ...(codec === 'mp3' ? { compression_level: LAME_EFFORT } : {}),
      ...(codec === 'opus' ? { vbr: 'off' } : {}),
    },
    configure(context) {
      context.sampleRate = codecRate;
      context.sampleFormat = format;
      context.channelLayout = layout;
      context.bitRate = BigInt(Math.round(kbps * 1000));
    },
  });
  const parameters = new av.CodecParameters();
  parameters.alloc();
  parameters.fromContext(encoder);
  const decoder = openDecoder(WHAT, parameters, { num: 1, den: codecRate }, 1);
  const reader = createSampleReader(WHAT, codecRate, channelCount);
  const frameSize = encoder.frameSize || 1024;
  const blocks = createSampleBlocks(channelCount, frameSize);
  const noise = bytesPerError === undefined ? undefined : createByteNoise(bytesPerError, seed);
  const packet = new av.Packet();
  packet.alloc();
  const decoded = new av.Frame();
  decoded.alloc();
  const pace = createPace();
  let received = 0;
  let sent = 0;
  let position = 0;
  let bytes = 0;
  let lostSamples = 0;

  async function encode(block: Float32Array[] | undefined, out: Float32Array[][]) {
    await pace();
    if (block) {
      const frame = av.Frame.fromAudioBuffer(interleaved ? interleave(block) : planar(block), {
        nbSamples: block[0]!.length,
        format,
        sampleRate: codecRate,
        channelLayout: layout,
      });
      frame.pts = BigInt(sent);
      sent += block[0]!.length;
      check(encoder.sendFrameSync(frame), WHAT, 'encoding');
      frame.free();
    } else check(encoder.sendFrameSync(null), WHAT, 'encoding');
    while (encoder.receivePacketSync(packet) >= 0) {
      bytes += packet.size;
      const data = noise && packet.data;
      if (data) {
        noise.damage(data);
        replaceData(packet, data);
      }
      // A packet that cannot be decoded is lost; the next one says what time it is.
      decoder.sendPacketSync(packet);
      decode(out);
    }
    if (!block) {
      decoder.sendPacketSync(null);
      decode(out);
    }
  }

  function decode(out: Float32Array[][]) {
    while (decoder.receiveFrameSync(decoded) >= 0) {
      const start = decoded.pts === constants.AV_NOPTS_VALUE ? position : Number(decoded.pts);
      const samples = reader.read(decoded);
      const skip = Math.max(0, position - start);
      const length = samples[0]!.length;
      // Less than half a frame is what a decoder holds back, not a lost packet.
      if (start > position + frameSize / 2) {
        lostSamples += start - position;
        append(out, silence(channelCount, start - position));
      }
      if (skip < length)
        append(
          out,
          samples.map((channel) => finite(channel.slice(skip))),
        );
    }
  }

  function append(out: Float32Array[][], samples: Float32Array[]) {
    position += samples[0]!.length;
    out.push(samples);
  }

  return {
    async push(channels) {
      const out: Float32Array[][] = [];
      received += channels[0]!.length;
      for (const block of blocks.push(channels)) await encode(block, out);
      return out;
    },
    async finish() {
      const out: Float32Array[][] = [];
      const rest = blocks.finish();
      if (rest) await encode(rest, out);
      if (received > 0) await encode(undefined, out);
      if (position < received) {
        lostSamples += received - position;
        append(out, silence(channelCount, received - position));
      }
      let surplus = position - received;
      while (surplus > 0) {
        const last = out.pop()!;
        const kept = Math.max(0, last[0]!.length - surplus);
        surplus -= last[0]!.length - kept;
        if (kept > 0) out.push(last.map((channel) => channel.subarray(0, kept)));
      }
      return out;
    },
    measured: () => ({ bytes, hits: noise?.hits ?? 0, lostSamples }),
    close() {
      reader.close();
      decoded.free();
      packet.free();
      parameters.free();
      decoder.freeContext();
      encoder.freeContext();
    },
  };
}

const silence = (channels: number, length: number) =>
  Array.from({ length: channels }, () => new Float32Array(length));

/** Damaged packets can decode to anything. */
function finite(samples: Float32Array): Float32Array {
  for (let i = 0; i < samples.length; i++) if (!Number.isFinite(samples[i])) samples[i] = 0;
  return samples;
}

function planar(channels: Float32Array[]): Buffer {
  return Buffer.concat(channels.map((c) => Buffer.from(c.buffer, c.byteOffset, c.byteLength)));
}

function interleave(channels: Float32Array[]): Buffer {
  const count = channels.length;
  const mixed = new Float32Array(channels[0]!.length * count);
  for (const [c, samples] of channels.entries()) {
    for (let i = 0; i < samples.length; i++) mixed[i * count + c] = samples[i]!;
  }
  return Buffer.from(mixed.buffer);
}
