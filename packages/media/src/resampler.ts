import { av, constants } from './ffmpeg.js';

/** Changes the sample rate of a stream of planar float samples. */
export interface Resampler {
  /** @returns what is ready, one array a channel; it may be empty */
  push(channels: Float32Array[]): Float32Array[];
  /** @returns the rest: in all round(samples * outRate / inRate) come out */
  finish(): Float32Array[];
  close(): void;
}

/** Input samples that FFmpeg's filter spans on both sides of an output sample, generously. */
const FILTER_SPAN = 128;

/**
 * FFmpeg's swresample with its defaults: a windowed sinc of 32 taps at the lower rate. Its delay is
 * compensated: output sample j lies at time j / outRate. Before the first and after the last sample it sees the
 * signal mirrored, so the first and last millisecond are approximate.
 */
export function createResampler(inRate: number, outRate: number, channelCount: number): Resampler {
  if (inRate === outRate) return passThrough(channelCount);
  const context = new av.SoftwareResampleContext();
  const layout = av.avChannelLayoutDefault(channelCount);
  const format = constants.AV_SAMPLE_FMT_FLTP;
  let code = context.allocSetOpts2(layout, format, outRate, layout, format, inRate);
  if (code >= 0) code = context.init();
  if (code < 0) throw new Error(`resampling ${inRate} to ${outRate} Hz: ${av.FFmpegError.strerror(code)}`);
  let received = 0;
  let produced = 0;

  function convert(input: Buffer[] | null, count: number): Float32Array[] {
    const room = context.getOutSamples(count);
    const output = Array.from({ length: channelCount }, () => new Float32Array(room));
    const written = room === 0 ? 0 : context.convertSync(output.map(bytes), room, input, count);
    if (written < 0) throw new Error(`resampling: ${av.FFmpegError.strerror(written)}`);
    produced += written;
    return output.map((samples) => samples.subarray(0, written));
  }

  return {
    push(channels) {
      const count = channels[0]!.length;
      received += count;
      return convert(channels.map(bytes), count);
    },
    finish() {
      const total = Math.round((received * outRate) / inRate);
      const parts: Float32Array[][] = [];
      // A signal shorter than the filter gives nothing by itself: silence is put behind it.
      const span = Math.ceil(FILTER_SPAN * Math.max(1, inRate / outRate));
      if (received < span) {
        const silence = new Float32Array(span - received);
        parts.push(convert(Array(channelCount).fill(bytes(silence)), silence.length));
      }
      parts.push(convert(null, 0));
      const before = produced - parts.reduce((sum, part) => sum + part[0]!.length, 0);
      return joinExactly(parts, channelCount, total - before);
    },
    close: () => context.free(),
  };
}

function passThrough(channelCount: number): Resampler {
  return {
    push: (channels) => channels,
    finish: () => Array.from({ length: channelCount }, () => new Float32Array(0)),
    close: () => {},
  };
}

/** Concatenates, cuts what is too much; a missing last sample is zero. */
function joinExactly(parts: Float32Array[][], channelCount: number, length: number): Float32Array[] {
  return Array.from({ length: channelCount }, (_, channel) => {
    const joined = new Float32Array(Math.max(0, length));
    let position = 0;
    for (const part of parts) {
      const samples = part[channel]!.subarray(0, joined.length - position);
      joined.set(samples, position);
      position += samples.length;
    }
    return joined;
  });
}

const bytes = (samples: Float32Array) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
