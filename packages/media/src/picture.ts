import { RobustaError } from '@robusta/core';
import { av, type constants } from './ffmpeg.js';

type NativeFrame = InstanceType<typeof av.Frame>;
type PixelFormat = typeof constants.AV_PIX_FMT_RGB24;

/** Bicubic, chroma at full resolution on both sides, exact rounding, the same on every processor. */
const SCALE_FLAGS = 'bicubic+full_chroma_int+full_chroma_inp+accurate_rnd+bitexact';

/** A picture of one size and pixel format whose content is replaced again and again. */
export interface Canvas {
  frame: NativeFrame;
  /** Bytes of the first plane. */
  pixels: Buffer;
  /** Bytes from one row of it to the next. */
  stride: number;
}

export function createCanvas(width: number, height: number, format: PixelFormat): Canvas {
  const frame = new av.Frame();
  frame.alloc();
  frame.width = width;
  frame.height = height;
  frame.format = format;
  if (frame.getBuffer() < 0) {
    frame.free();
    throw new RobustaError('BAD_INPUT', `no memory for pictures of ${width}x${height}`);
  }
  return { frame, pixels: frame.data![0]!, stride: frame.linesize[0]! };
}

/** Converts size and pixel format; matrix and range of the colors are those that the two pictures carry. */
export function createScaler() {
  const context = new av.SoftwareScaleContext();
  context.allocContext();
  context.setOption('sws_flags', SCALE_FLAGS);
  return {
    /** @returns a negative code of FFmpeg if it cannot be done */
    scale: (source: NativeFrame, target: NativeFrame): number => context.scaleFrameSync(target, source),
    close: () => context.freeContext(),
  };
}
