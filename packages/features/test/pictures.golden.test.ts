import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from '@robusta/core';
import { readNpy } from '@robusta/tensor-io';
import { describeShared, goldenJson } from '@robusta/test-kit';
import type { CropOrder } from '../src/files/crop-order.js';
import { cropFrame, tenCrop } from '../src/visual/crops.js';
import { resizeFrame, shortSideSize } from '../src/visual/resize.js';
import type { ResampleFilter } from '../src/visual/taps.js';
import { formulaVideo, sha256 } from './formula.js';

interface Case {
  id: string;
  kind: string;
  input?: { name: string; shape: number[]; sha256: string };
  lanczos_340x256?: string;
  torchvision_bilinear_256?: string;
  outputs?: Record<string, string>;
  extractor?: string;
  torchvision?: string;
  tiny_image?: string;
  tiny_size?: number;
  tiny_torchvision?: string;
}

describeShared('golden/features', (folder) => {
  const { seed, cases } = goldenJson<{ seed: string; cases: Case[] }>(join(folder, 'manifest.json'));
  const array = (file: string) => readNpy(readFileSync(join(folder, file)));
  const of = (kind: string) =>
    cases.filter((item) => item.kind === kind).map((item) => [item.id, item] as const);

  function image({ input }: Case): Frame {
    const [height, width] = input!.shape as [number, number];
    const data = formulaVideo(seed, input!.name, [1, height, width]);
    expect(sha256(data)).toBe(input!.sha256);
    return { width, height, data };
  }

  test.each(of('resize'))('%s: the bytes of Pillow', (_id, item) => {
    const frame = image(item);
    const expected: [string, ResampleFilter][] = Object.values(item.outputs ?? {}).map((file) => [
      file,
      'lanczos',
    ]);
    if (item.lanczos_340x256) expected.push([item.lanczos_340x256, 'lanczos']);
    if (item.torchvision_bilinear_256) expected.push([item.torchvision_bilinear_256, 'bilinear']);
    expect(expected.length).toBeGreaterThan(0);
    for (const [file, filter] of expected) {
      const { shape, data } = array(file);
      const [height, width] = shape as [number, number];
      if (filter === 'bilinear') expect(shortSideSize(frame, 256)).toEqual({ width, height });
      const resized = resizeFrame(frame, { width, height, filter });
      expect(Buffer.compare(resized.data, data as Uint8Array)).toBe(0);
    }
  });

  /** Row and column as the red and green of a pixel, in two pictures since a column may exceed a byte. */
  function labelled(divide: boolean): Frame {
    const [width, height] = [340, 256];
    const data = new Uint8Array(width * height * 3);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i += 3) data.set(divide ? [y, x >> 8, 0] : [y, x & 255, 0], i);
    }
    return { width, height, data };
  }

  test.each(of('crop order'))('%s: where the pixels of each crop come from', (_id, item) => {
    const orders: [string, CropOrder][] = [
      [item.extractor!, 'gottimukkala'],
      [item.torchvision!, 'rtfm'],
    ];
    for (const [file, order] of orders) {
      const low = cropFrame(labelled(false), { size: 224, order });
      const high = cropFrame(labelled(true), { size: 224, order });
      const corners = [
        [0, 0],
        [0, 223],
        [223, 0],
        [223, 223],
        [112, 112],
      ] as const;
      const labels = low.flatMap(({ data }, crop) =>
        corners.flatMap(([y, x]) => {
          const i = 3 * (y * 224 + x);
          return [data[i]!, data[i + 1]! + 256 * high[crop]!.data[i + 1]!];
        }),
      );
      expect(labels).toEqual(Array.from(array(file).data as Int32Array, Number));
    }
    const tiny = array(item.tiny_image!);
    const [height, width] = tiny.shape as [number, number];
    const crops = tenCrop({ width, height, data: tiny.data as Uint8Array }, item.tiny_size!);
    expect(crops.flatMap(({ data }) => [...data])).toEqual([
      ...(array(item.tiny_torchvision!).data as Uint8Array),
    ]);
  });
});
