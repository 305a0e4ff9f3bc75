import { RobustaError } from '@robusta/core';
import type { CropOrder } from '../files/crop-order.js';
import { shortSideSize } from './resize.js';
import type { ResampleFilter } from './taps.js';

/**
 * How pictures become clips. `rtfm`: transforms of the ResNet-50 repository and torchvision's ten-crop, as RTFM's
 * author describes them. `gottimukkala`: those of I3D_Feature_Extraction_resnet, also right for Inception-I3D.
 */
export type VisualRecipe = 'rtfm' | 'gottimukkala';

/** Side of a crop in pixels. */
export const CROP_SIZE = 224;

const SHORT_SIDE = 256;
const LONGEST_SIDE = 16384;

interface Size {
  width: number;
  height: number;
}

/** The parts of a {@link VisualRecipe}. */
export interface Preparation {
  size(frame: Size): Size;
  filter: ResampleFilter;
  order: CropOrder;
  /** A byte becomes `(byte - mean) / scale`. */
  mean: number;
  scale: number;
  /** The same in words, for the recipe beside the features. */
  description: Record<string, string | number[]>;
}

export const PREPARATIONS: Readonly<Record<VisualRecipe, Preparation>> = {
  rtfm: {
    size: shortSide,
    filter: 'bilinear',
    order: 'rtfm',
    mean: 114.75,
    scale: 57.375,
    description: { resize: `bilinear, short side ${SHORT_SIDE}`, values: '(p - 114.75) / 57.375' },
  },
  gottimukkala: {
    size: () => ({ width: 340, height: 256 }),
    filter: 'lanczos',
    order: 'gottimukkala',
    mean: 127.5,
    scale: 127.5,
    description: { resize: 'lanczos, 340x256', values: '2 p / 255 - 1' },
  },
};

function shortSide(frame: Size): Size {
  const size = shortSideSize(frame, SHORT_SIDE);
  if (Math.max(size.width, size.height) > LONGEST_SIDE) {
    throw new RobustaError(
      'BAD_INPUT',
      `a picture of ${frame.width}x${frame.height} is too narrow to resize`,
      {
        hint: `its long side would be more than ${LONGEST_SIDE} pixels: cut the picture, or use the recipe "gottimukkala"`,
      },
    );
  }
  return size;
}
