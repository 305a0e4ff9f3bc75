import { type Frame, RobustaError } from '@robusta/core';
import fc from 'fast-check';
import { cropFrame, type ResampleFilter, resizeFrame } from '../src/index.js';
import { CLIP_SIZE, ClipWriter, loopClip } from '../src/visual/clip-writer.js';
import { CROP_SIZE, PREPARATIONS, type VisualRecipe } from '../src/visual/preparation.js';
import { Resizer } from '../src/visual/resizer.js';

const { abs, floor, fround, max } = Math;

/** Pixels that differ everywhere. */
function scramble(width: number, height: number, seed = 1): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, state = seed; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = state >>> 24;
  }
  return { width, height, data };
}

const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return RobustaError.isInstance(error) ? error.code : error;
  }
  return undefined;
};

describe('resizeFrame', () => {
  test.each(['bilinear', 'lanczos'] as const)('%s: an even picture stays even at every size', (filter) => {
    for (const [width, height] of [
      [1, 1],
      [7, 50],
      [64, 9],
    ] as const) {
      const frame = { width: 20, height: 15, data: new Uint8Array(900).fill(201) };
      const { data } = resizeFrame(frame, { width, height, filter });
      expect(data).toEqual(new Uint8Array(width * height * 3).fill(201));
    }
  });

  test('a size that stays gives the same bytes in memory of their own', () => {
    const frame = scramble(31, 22);
    const same = resizeFrame(frame, { width: 31, height: 22, filter: 'lanczos' });
    expect(same).toEqual(frame);
    expect(same.data).not.toBe(frame.data);
  });

  test('halving with the triangle weighs neighbours 1 3 3 1', () => {
    const frame = { width: 8, height: 1, data: new Uint8Array(24) };
    const level = [0, 80, 16, 240, 8, 160, 32, 64];
    frame.data.set(level.flatMap((value) => [value, value, value]));
    const { data } = resizeFrame(frame, { width: 4, height: 1, filter: 'bilinear' });
    const expected = (level[1]! + 3 * level[2]! + 3 * level[3]! + level[4]!) / 8;
    expect(abs(data[3]! - expected)).toBeLessThanOrEqual(0.5);
  });

  test('mirrored pictures give mirrored results', () => {
    const frame = scramble(40, 30);
    const mirror = ({ width, height, data }: Frame): Frame => {
      const out = new Uint8Array(data.length);
      for (let i = 0; i < width * height; i++) {
        const source = 3 * (i - (i % width) + width - 1 - (i % width));
        out.set(data.subarray(source, source + 3), 3 * i);
      }
      return { width, height, data: out };
    };
    const options = { width: 24, height: 20, filter: 'lanczos' as const };
    expect(resizeFrame(mirror(frame), options)).toEqual(mirror(resizeFrame(frame, options)));
  });

  test('bad input is refused', () => {
    const frame = scramble(4, 4);
    expect(code(() => resizeFrame(frame, { width: 0, height: 4, filter: 'lanczos' }))).toBe('BAD_OPTION');
    expect(code(() => resizeFrame(frame, { width: 4, height: 4, filter: 'nearest' as 'lanczos' }))).toBe(
      'BAD_OPTION',
    );
    const short = { ...frame, data: frame.data.subarray(1) };
    expect(code(() => resizeFrame(short, { width: 4, height: 4, filter: 'lanczos' }))).toBe('BAD_INPUT');
  });
});

test('vectors and plain code give the same bytes', () => {
  const size = fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) });
  const share = fc.double({ min: 0, max: 0.999, noNaN: true });
  const filters = fc.constantFrom<ResampleFilter>('bilinear', 'lanczos');
  fc.assert(
    fc.property(
      size,
      size,
      filters,
      fc.tuple(share, share, share, share),
      (from, to, filter, [l, t, r, b]) => {
        const [left, top] = [floor(l * to.width), floor(t * to.height)];
        const right = left + 1 + floor(r * (to.width - left));
        const bottom = top + 1 + floor(b * (to.height - top));
        const frame = scramble(from.width, from.height, from.width + 77 * to.height);
        const rows = [true, false].map((vectors) => {
          const out: number[][] = [];
          const resizer = new Resizer(frame, to, filter, { left, top, right, bottom }, vectors);
          resizer.resize(frame, (row) => out.push([...row]));
          return out;
        });
        expect(rows[0]).toEqual(rows[1]);
        expect(rows[0]).toHaveLength(bottom - top);
      },
    ),
    { numRuns: 60 },
  );
});

describe('cropFrame', () => {
  test('1, 5 and 10 crops: the centre is the same, the first five are those of ten', () => {
    const frame = scramble(13, 9);
    const ten = cropFrame(frame, { size: 5 });
    expect(ten).toHaveLength(10);
    expect(cropFrame(frame, { size: 5, crops: 5 })).toEqual(ten.slice(0, 5));
    expect(cropFrame(frame, { size: 5, crops: 1 })).toEqual([ten[4]]);
    expect(cropFrame(frame, { size: 5, crops: 1, order: 'gottimukkala' })).toEqual([ten[4]]);
  });

  test('a picture smaller than a crop and 3 crops are refused', () => {
    expect(code(() => cropFrame(scramble(13, 9), { size: 10 }))).toBe('BAD_INPUT');
    expect(code(() => cropFrame(scramble(13, 9), { size: 5, crops: 3 as 5 }))).toBe('BAD_OPTION');
  });
});

describe('ClipWriter', () => {
  const slot = 3;

  test.each([
    ['rtfm', 10, 300, 260],
    ['rtfm', 1, 260, 300],
    ['gottimukkala', 5, 64, 48],
    ['gottimukkala', 1, 400, 256],
    ['rtfm', 5, 256, 256],
  ] as const)(
    '%s, %i crops of %ix%i: the pass over rows gives what its steps give',
    (recipe, crops, width, height) => {
      const frame = scramble(width, height);
      const tensor = new Float32Array(crops * CLIP_SIZE);
      new ClipWriter(frame, recipe, crops).write(frame, 0, slot, tensor);
      const { size, filter, order, mean, scale } = PREPARATIONS[recipe as VisualRecipe];
      const parts = cropFrame(resizeFrame(frame, { ...size(frame), filter }), {
        size: CROP_SIZE,
        crops,
        order,
      });
      const plane = CROP_SIZE * CROP_SIZE;
      let worst = 0;
      for (const [crop, { data }] of parts.entries()) {
        for (let i = 0; i < data.length; i++) {
          const at = ((crop * 3 + (i % 3)) * 16 + slot) * plane + (i - (i % 3)) / 3;
          worst = max(worst, abs(tensor[at]! - fround((data[i]! - mean) / scale)));
        }
      }
      expect(worst).toBe(0);
      const others = tensor.subarray((slot + 1) * plane, 16 * plane);
      expect(others.some((value) => value !== 0)).toBe(false);
    },
  );

  test('a short window is repeated from its start', () => {
    const frames = [scramble(230, 230, 1), scramble(230, 230, 2), scramble(230, 230, 3)];
    const writer = new ClipWriter(frames[0]!, 'rtfm', 1);
    const looped = new Float32Array(CLIP_SIZE);
    for (const [t, frame] of frames.entries()) writer.write(frame, t, t, looped);
    loopClip(looped, 3);
    const full = new Float32Array(CLIP_SIZE);
    for (let t = 0; t < 16; t++) writer.write(frames[t % 3]!, t, t, full);
    expect(Buffer.compare(Buffer.from(looped.buffer), Buffer.from(full.buffer))).toBe(0);
  });

  test('a frame of another size is named', () => {
    const writer = new ClipWriter({ width: 20, height: 16 }, 'gottimukkala', 1);
    const tensor = new Float32Array(CLIP_SIZE);
    expect(() => writer.write(scramble(16, 20), 7, 7, tensor)).toThrow(/frame 7 is 16x20/);
    expect(code(() => new ClipWriter({ width: 5, height: 5000 }, 'rtfm', 1))).toBe('BAD_INPUT');
  });
});
