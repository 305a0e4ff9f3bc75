import { type Frame, RobustaError } from '@robusta/core';
import { createStreamEncoder } from './encoder.js';
import { check } from './errors.js';
import { type av, constants, type Rational } from './ffmpeg.js';
import type { WriteSettings } from './options.js';
import { createCanvas, createScaler } from './picture.js';
import { h264Setup } from './video-encoder.js';

type FormatContext = InstanceType<typeof av.FormatContext>;

/** The picture half of a file being written. */
export interface VideoTrack {
  write(frame: Frame): Promise<void>;
  finish(): Promise<void>;
  /** Seconds of what was written. */
  time(): number;
  close(): void;
}

/** H.264 with 4:2:0 chroma, BT.601 limited range (tagged), as wide and high as the first frame. */
export function createVideoTrack(
  path: string,
  output: FormatContext,
  first: Frame,
  rate: Rational,
  { crf, preset, gop }: WriteSettings,
): VideoTrack {
  const { width, height } = first;
  checkFrame(first, first, 0);
  if (width % 2 !== 0 || height % 2 !== 0) {
    throw new RobustaError('BAD_INPUT', `writeMedia: frames of ${width}x${height} cannot be written`, {
      hint: 'H.264 with 4:2:0 chroma needs an even width and height: scale or crop by one pixel',
    });
  }
  const timeBase = { num: rate.den, den: rate.num };
  const encoder = createStreamEncoder(
    path,
    output,
    h264Setup({
      width,
      height,
      format: constants.AV_PIX_FMT_YUV420P,
      timeBase,
      rate,
      crf,
      preset,
      gop,
      threads: 1,
    }),
  );
  const scaler = createScaler();
  const rgb = createCanvas(width, height, constants.AV_PIX_FMT_RGB24);
  const yuv = createCanvas(width, height, constants.AV_PIX_FMT_YUV420P).frame;
  yuv.colorSpace = constants.AVCOL_SPC_SMPTE170M;
  yuv.colorRange = constants.AVCOL_RANGE_MPEG;
  let count = 0;

  return {
    async write(frame) {
      checkFrame(frame, first, count);
      for (let y = 0; y < height; y++) {
        rgb.pixels.set(frame.data.subarray(y * width * 3, (y + 1) * width * 3), y * rgb.stride);
      }
      // The encoder may still look at the picture before.
      check(yuv.makeWritable(), path, 'allocating a picture');
      check(scaler.scale(rgb.frame, yuv), path, 'converting to YUV');
      yuv.pts = BigInt(count);
      yuv.duration = 1n;
      yuv.pictType = constants.AV_PICTURE_TYPE_NONE;
      count++;
      await encoder.encode(yuv);
    },
    finish: () => encoder.encode(null),
    time: () => (count * rate.den) / rate.num,
    close() {
      encoder.close();
      scaler.close();
      rgb.frame.free();
      yuv.free();
    },
  };
}

function checkFrame({ width, height, data }: Frame, first: Frame, index: number): void {
  const whole = Number.isInteger(width) && Number.isInteger(height);
  if (!whole || width < 1 || height < 1 || width > 16384 || height > 16384) {
    throw new RobustaError('BAD_INPUT', `writeMedia: frame ${index} has a size of ${width}x${height}`);
  }
  if (width !== first.width || height !== first.height) {
    throw new RobustaError(
      'BAD_INPUT',
      `writeMedia: frame ${index} is ${width}x${height}, the first one ${first.width}x${first.height}`,
    );
  }
  if (!(data instanceof Uint8Array) || data.length !== width * height * 3) {
    throw new RobustaError(
      'BAD_INPUT',
      `writeMedia: frame ${index} has ${data?.length} bytes, RGB24 of ${width}x${height} has ${width * height * 3}`,
    );
  }
}
