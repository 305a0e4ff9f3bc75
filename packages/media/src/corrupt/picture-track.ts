import { createStreamEncoder } from '../encoder.js';
import { check } from '../errors.js';
import { constants } from '../ffmpeg.js';
import { createCanvas, createScaler } from '../picture.js';
import { h264Setup } from '../video-encoder.js';
import type { CorruptSettings } from './options.js';
import type { PictureSource } from './picture-source.js';
import { describeLike, type OutputFormat, type Track } from './track.js';

/** Fixed, so that the bytes do not depend on the machine; with the thread of the corruption it keeps two cores busy. */
const ENCODER_THREADS = 2;

/** The corrupted picture on its way into the output. */
export interface PictureTrack extends Track {
  frames(): number;
  pixelFormat: 'yuv420p' | 'yuv444p';
}

/** H.264 of corrupted pictures at the times of the whole ones; BT.601 limited range, tagged. */
export async function createPictureTrack(
  source: PictureSource,
  output: OutputFormat,
  target: string,
  { crf, preset, gop, pixelFormat: wanted }: CorruptSettings,
): Promise<PictureTrack> {
  let next = await source.next();
  const { width, height } = next!.frame;
  const { timeBase, sampleAspectRatio } = source.stream;
  // 4:2:0 chroma cannot hold odd sizes.
  const pixelFormat = width % 2 === 0 && height % 2 === 0 ? wanted : 'yuv444p';
  const format = pixelFormat === 'yuv420p' ? constants.AV_PIX_FMT_YUV420P : constants.AV_PIX_FMT_YUV444P;
  const encoder = createStreamEncoder(
    target,
    output,
    h264Setup({
      width,
      height,
      format,
      timeBase,
      rate: source.rate,
      crf,
      preset,
      gop,
      threads: ENCODER_THREADS,
    }),
  );
  encoder.stream.avgFrameRate = source.stream.avgFrameRate;
  encoder.stream.sampleAspectRatio = sampleAspectRatio;
  describeLike(encoder.stream, source.stream);
  const scaler = createScaler();
  const rgb = createCanvas(width, height, constants.AV_PIX_FMT_RGB24);
  const yuv = createCanvas(width, height, format).frame;
  yuv.colorSpace = constants.AVCOL_SPC_SMPTE170M;
  yuv.colorRange = constants.AVCOL_RANGE_MPEG;
  const row = width * 3;
  let frames = 0;
  let time = 0;

  return {
    pixelFormat,
    frames: () => frames,
    time: () => time,
    async step() {
      if (!next) return false;
      const { frame, pts, duration } = next;
      if (rgb.stride === row) rgb.pixels.set(frame.data);
      else {
        for (let y = 0; y < height; y++) {
          rgb.pixels.set(frame.data.subarray(y * row, (y + 1) * row), y * rgb.stride);
        }
      }
      // The encoder may still look at the picture before.
      check(yuv.makeWritable(), target, 'allocating a picture');
      check(scaler.scale(rgb.frame, yuv), target, 'converting to YUV');
      yuv.pts = pts;
      yuv.duration = duration;
      yuv.pictType = constants.AV_PICTURE_TYPE_NONE;
      await encoder.encode(yuv);
      frames++;
      time = (Number(pts + duration) * timeBase.num) / timeBase.den;
      next = await source.next();
      if (!next) await encoder.encode(null);
      return true;
    },
    close() {
      encoder.close();
      scaler.close();
      rgb.frame.free();
      yuv.free();
    },
  };
}
