import type { Frame } from '@robusta/core';
import { RobustaError } from '@robusta/core';
import type { NativeFrame } from './decoder.js';
import { av, constants } from './ffmpeg.js';
import { type Orientation, upright } from './rotate.js';

/** Bicubic, chroma at full resolution on both sides, exact rounding, the same on every processor. */
export const SCALE_FLAGS = 'bicubic+full_chroma_int+full_chroma_inp+accurate_rnd+bitexact';

/** Turns decoded pictures into upright RGB24. */
export interface FrameConverter {
  convert(source: NativeFrame): Frame;
  close(): void;
}

/** The asked-for size of the upright picture; what is missing keeps the shape or the size of the first picture. */
export interface TargetSize {
  width?: number | undefined;
  height?: number | undefined;
}

/** Matrix and range of the colors come from each picture (untagged: BT.601, limited range), as in FFmpeg. */
export function createFrameConverter(target: TargetSize, orientation: Orientation): FrameConverter {
  const scaler = new av.SoftwareScaleContext();
  scaler.allocContext();
  scaler.setOption('sws_flags', SCALE_FLAGS);
  const rgb = new av.Frame();
  rgb.alloc();
  let size = 0;
  let pixels: Buffer | undefined;

  function allocate(source: NativeFrame): Buffer {
    const { width, height } = storedSize(source, target, orientation);
    rgb.width = width;
    rgb.height = height;
    rgb.format = constants.AV_PIX_FMT_RGB24;
    size = width * height * 3;
    if (rgb.getBuffer() < 0) {
      throw new RobustaError('BAD_INPUT', `no memory for pictures of ${width}x${height}`);
    }
    return rgb.data![0]!;
  }

  return {
    convert(source) {
      pixels ??= allocate(source);
      const code = scaler.scaleFrameSync(rgb, source);
      if (code < 0) {
        const name = av.avGetPixFmtName(source.format as never) ?? 'unknown';
        throw new RobustaError('BAD_INPUT', `pictures of pixel format ${name} cannot be converted to RGB`);
      }
      const { width, height } = rgb;
      const data = new Uint8Array(size);
      const stride = rgb.linesize[0]!;
      if (stride === width * 3) data.set(pixels.subarray(0, size));
      else {
        for (let y = 0; y < height; y++) {
          data.set(pixels.subarray(y * stride, y * stride + width * 3), y * width * 3);
        }
      }
      return upright({ width, height, data }, orientation);
    },
    close() {
      rgb.free();
      scaler.freeContext();
    },
  };
}

/** The size before turning that gives the asked-for size after it. */
function storedSize(source: NativeFrame, target: TargetSize, { rotation }: Orientation) {
  const swap = rotation === 90 || rotation === 270;
  const sourceWidth = swap ? source.height : source.width;
  const sourceHeight = swap ? source.width : source.height;
  const { width, height } = fitSize(sourceWidth, sourceHeight, target);
  return swap ? { width: height, height: width } : { width, height };
}

function fitSize(sourceWidth: number, sourceHeight: number, { width, height }: TargetSize) {
  if (width !== undefined && height !== undefined) return { width, height };
  if (width !== undefined) {
    return { width, height: Math.max(1, Math.round((sourceHeight * width) / sourceWidth)) };
  }
  if (height !== undefined) {
    return { width: Math.max(1, Math.round((sourceWidth * height) / sourceHeight)), height };
  }
  return { width: sourceWidth, height: sourceHeight };
}
