import { type EncoderSetup, findEncoder } from './encoder.js';
import { av, constants, type Rational } from './ffmpeg.js';
import type { presets } from './options.js';

/** What an H.264 encoder is told. */
export interface VideoEncoding {
  width: number;
  height: number;
  /** 4:2:0 needs an even width and height. */
  format: typeof constants.AV_PIX_FMT_YUV420P | typeof constants.AV_PIX_FMT_YUV444P;
  timeBase: Rational;
  /** Frames per second, for the rate control. */
  rate: Rational;
  crf: number;
  preset: (typeof presets)[number];
  /** Most frames from one key frame to the next. */
  gop: number;
  /** A number of its own gives bytes of its own, the same on every machine. */
  threads: number;
}

/** BT.601 limited range, tagged. */
export function h264Setup(encoding: VideoEncoding): EncoderSetup {
  const { width, height, format, timeBase, rate, crf, preset, gop, threads } = encoding;
  return {
    codec: findEncoder('libx264'),
    timeBase,
    // x264's fast code for macroblock trees gives results that depend on what the memory held before.
    options: { preset, crf: String(crf), 'x264-params': 'cpu-independent=1' },
    configure(context) {
      context.width = width;
      context.height = height;
      context.pixelFormat = format;
      context.framerate = new av.Rational(rate.num, rate.den);
      context.gopSize = gop;
      context.threadCount = threads;
      context.colorSpace = constants.AVCOL_SPC_SMPTE170M;
      context.colorRange = constants.AVCOL_RANGE_MPEG;
    },
  };
}
