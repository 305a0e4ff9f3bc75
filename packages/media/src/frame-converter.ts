import type { Frame } from '@robusta/core';
import type { NativeFrame } from './decoder.js';
import { mediaError } from './errors.js';
import { constants } from './ffmpeg.js';
import { type Canvas, createCanvas, createScaler } from './picture.js';
import { type Orientation, upright } from './rotate.js';

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

/**
 * Matrix and range of the colors come from each picture (untagged: BT.601, limited range), as in FFmpeg. The way over
 * planar RGB gives the bytes of FFmpeg's direct conversion in less than half the time: only it is vectorised.
 */
export function createFrameConverter(
  path: string,
  target: TargetSize,
  orientation: Orientation,
): FrameConverter {
  const toPlanes = createScaler();
  const toPixels = createScaler();
  let canvases: { planes: Canvas; packed: Canvas } | undefined;

  function createCanvases(source: NativeFrame) {
    const { width, height } = storedSize(source, target, orientation);
    return {
      planes: createCanvas(width, height, constants.AV_PIX_FMT_GBRP),
      packed: createCanvas(width, height, constants.AV_PIX_FMT_RGB24),
    };
  }

  return {
    convert(source) {
      canvases ??= createCanvases(source);
      const { planes, packed } = canvases;
      if (toPlanes.scale(source, planes.frame) < 0 || toPixels.scale(planes.frame, packed.frame) < 0) {
        throw mediaError(
          'FILE_UNREADABLE',
          path,
          'has pictures that cannot be converted to RGB',
          'convert it to H.264 first',
        );
      }
      const { width, height } = packed.frame;
      const row = width * 3;
      const data = new Uint8Array(row * height);
      const { pixels, stride } = packed;
      if (stride === row) data.set(pixels.subarray(0, data.length));
      else for (let y = 0; y < height; y++) data.set(pixels.subarray(y * stride, y * stride + row), y * row);
      return upright({ width, height, data }, orientation);
    },
    close() {
      canvases?.planes.frame.free();
      canvases?.packed.frame.free();
      toPlanes.close();
      toPixels.close();
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
