import { type Frame, parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { CROP_ORDERS, type CropOrder, type CropPlace } from '../files/crop-order.js';
import { checkFrame } from './resize.js';

/** How many crops a row has: the centre, five places, or those and the same of the mirrored picture. */
export type CropCount = 1 | 5 | 10;

/** Options of {@link cropFrame}. */
export interface CropOptions {
  /** Side of the square crops in pixels. */
  size: number;
  /** Default 10. */
  crops?: CropCount;
  /** Order of the crops; default `rtfm`, torchvision's. */
  order?: CropOrder;
}

/** Where a crop lies; in the mirrored picture if `mirrored`. */
export interface CropPosition {
  left: number;
  top: number;
  mirrored: boolean;
}

export const CropCountSchema = z.union([z.literal(1), z.literal(5), z.literal(10)], {
  error: (issue) => `crops must be 1, 5 or 10, received ${JSON.stringify(issue.input)}`,
});

const CropSchema = z.strictObject({
  size: z.int().min(1).max(16384),
  crops: CropCountSchema.default(10),
  order: z.enum(['rtfm', 'gottimukkala', 'xd-violence']).default('rtfm'),
});

/** The places of the crops, in order. */
export function cropPositions(
  { width, height }: { width: number; height: number },
  size: number,
  crops: CropCount,
  order: CropOrder,
): CropPosition[] {
  const right = width - size;
  const bottom = height - size;
  const centre = { left: halfToEven(right), top: halfToEven(bottom) };
  const places: Record<CropPlace, { left: number; top: number }> = {
    'top-left': { left: 0, top: 0 },
    'top-right': { left: right, top: 0 },
    'bottom-left': { left: 0, top: bottom },
    'bottom-right': { left: right, top: bottom },
    centre,
  };
  if (crops === 1) return [{ ...centre, mirrored: false }];
  const upright = CROP_ORDERS[order].map((place) => ({ ...places[place], mirrored: false }));
  return crops === 5 ? upright : [...upright, ...upright.map((crop) => ({ ...crop, mirrored: true }))];
}

/** Half of a whole number, .5 to the even neighbour: Python's rounding, which torchvision's centre crop has. */
function halfToEven(twice: number): number {
  const half = Math.floor(twice / 2);
  return twice % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

/**
 * Cuts square crops out of a picture: the centre (1), the corners and the centre (5), or these and the same places of
 * the mirrored picture (10, mirrored first and then cut).
 * @throws BAD_OPTION; BAD_INPUT for a picture smaller than a crop, or whose bytes do not fit its size
 */
export function cropFrame(frame: Frame, options: CropOptions): Frame[] {
  const { size, crops, order } = parseOptions(CropSchema, options, 'cropFrame');
  checkFrame(frame, 'cropFrame');
  const { width, height, data } = frame;
  if (width < size || height < size) {
    throw new RobustaError(
      'BAD_INPUT',
      `cropFrame: no crop of ${size}x${size} fits into ${width}x${height}`,
      {
        hint: 'enlarge the picture first',
      },
    );
  }
  return cropPositions(frame, size, crops, order).map(({ left, top, mirrored }) => {
    const out = new Uint8Array(size * size * 3);
    const step = mirrored ? -3 : 3;
    for (let y = 0, o = 0; y < size; y++) {
      const row = (top + y) * width;
      let i = 3 * (row + (mirrored ? width - 1 - left : left));
      for (let x = 0; x < size; x++, o += 3, i += step) {
        out[o] = data[i]!;
        out[o + 1] = data[i + 1]!;
        out[o + 2] = data[i + 2]!;
      }
    }
    return { width: size, height: size, data: out };
  });
}

/**
 * The ten square crops of torchvision's `TenCrop`: top left, top right, bottom left, bottom right, centre, then the same
 * of the mirrored picture; {@link cropFrame} has other numbers and orders.
 * @param size - side of the crops in pixels
 * @throws BAD_OPTION; BAD_INPUT for a picture smaller than a crop, or whose bytes do not fit its size
 */
export function tenCrop(frame: Frame, size: number): Frame[] {
  return cropFrame(frame, { size, crops: 10, order: 'rtfm' });
}
