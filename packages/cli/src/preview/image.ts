import type { Frame } from '@robusta/core';
import { encode } from 'fast-png';

/** A picture in a sheet: a data address of a PNG. */
export interface Picture {
  width: number;
  height: number;
  href: string;
}

/** @param channels - values from 0 to 255, three a pixel */
export function toPicture(width: number, height: number, data: Uint8Array): Picture {
  const png = encode({ width, height, data, channels: 3, depth: 8 });
  return { width, height, href: `data:image/png;base64,${Buffer.from(png).toString('base64')}` };
}

/** A frame at most `widest` pixels wide: each pixel is the mean of those that it covers. */
export function thumbnail({ width, height, data }: Frame, widest: number): Picture {
  if (width <= widest) return toPicture(width, height, data);
  const outHeight = Math.max(1, Math.round((height * widest) / width));
  const out = new Uint8Array(widest * outHeight * 3);
  for (let y = 0; y < outHeight; y++) {
    const [top, bottom] = span(y, outHeight, height);
    for (let x = 0; x < widest; x++) {
      const [left, right] = span(x, widest, width);
      const sums = [0, 0, 0];
      for (let row = top; row < bottom; row++) {
        for (let i = (row * width + left) * 3; i < (row * width + right) * 3; i += 3) {
          for (let c = 0; c < 3; c++) sums[c]! += data[i + c]!;
        }
      }
      const count = (bottom - top) * (right - left);
      for (let c = 0; c < 3; c++) out[(y * widest + x) * 3 + c] = Math.round(sums[c]! / count);
    }
  }
  return toPicture(widest, outHeight, out);
}

/** The pixels from the first to before the last that one of `count` pieces of `length` covers. */
function span(index: number, count: number, length: number): [number, number] {
  const from = Math.floor((index * length) / count);
  return [from, Math.max(from + 1, Math.floor(((index + 1) * length) / count))];
}
