import { RobustaError } from '@robusta/core';
import { createVisualExtractor, LITE_VISUAL_DIMENSIONS, type VisualReport } from '../src/index.js';
import { GROUPS } from '../src/visual/lite.js';
import { Snippet } from '../src/visual/snippet.js';
import { clip, grey, still } from './frames.js';

const extractor = createVisualExtractor({ kind: 'lite' });
const column = new Map(LITE_VISUAL_DIMENSIONS.map(({ name }, index) => [name, index]));

/** Values of a row by name. */
function named(data: Float32Array, row = 0): (name: string) => number {
  return (name) => {
    const index = column.get(name);
    if (index === undefined) throw new Error(`no dimension ${name}`);
    return data[row * LITE_VISUAL_DIMENSIONS.length + index]!;
  };
}
const extract = async (frames: ReturnType<typeof clip>) => named((await extractor.extract(frames)).data);
const shares = (value: (name: string) => number, prefix: string, bins: number) =>
  Array.from({ length: bins }, (_, bin) => value(`${prefix}.${bin}`) ** 2);

const { exp } = Math;

/** A bright bar with soft sides that is `speed` picture widths a frame further to the right each time. */
const bar = (speed: number) => (x: number, _y: number, t: number) =>
  0.2 + 0.6 * exp(-(((x - 0.3 - speed * t) / 0.06) ** 2));

test('256 documented dimensions with unique names', () => {
  expect(LITE_VISUAL_DIMENSIONS).toHaveLength(256);
  expect(column.size).toBe(256);
  for (const { name, formula, unit } of LITE_VISUAL_DIMENSIONS) {
    expect(name).toMatch(/^[a-z]+(\.[a-zA-Z0-9]+)+$/);
    expect(formula.length).toBeGreaterThan(5);
    expect(unit.length).toBeGreaterThan(0);
  }
  expect(extractor.spec).toMatchObject({ dim: 256, crops: 1, windowFrames: 16, fps: 24, modality: 'visual' });
});

test('every group writes the columns that it documents, and no other', () => {
  const snippet = new Snippet(96, 72);
  snippet.derive();
  for (const group of GROUPS) {
    const out = new Float32Array(group.dimensions.length + 20).fill(Number.NaN);
    group.compute(snippet, out, 10);
    const written = Array.from(out.keys()).filter((i) => !Number.isNaN(out[i]!));
    expect(written).toEqual(group.dimensions.map((_, i) => i + 10));
  }
});

test('a picture that stands still has no motion at all', async () => {
  const value = await extract(clip(16, still));
  // What is not about motion, and shares of standing edges by their (zero) motion.
  const photometric = /^(tone|detail|boundary\.edge|flow\.direction)|^boundary\.ratio$/;
  for (const { name } of LITE_VISUAL_DIMENSIONS) {
    if (photometric.test(name)) continue;
    expect([name, Math.abs(value(name))]).toEqual([name, 0]);
  }
  expect(value('boundary.edge.0')).toBeGreaterThan(0.9);
  expect(value('detail.gradient')).toBeGreaterThan(1);
});

test('a uniform picture: tone is its grey, nothing else stands out', async () => {
  const value = await extract(clip(16, () => 0.6));
  for (const name of ['tone.mean', 'tone.veil']) expect(value(name)).toBeCloseTo(0.6, 5);
  for (const name of [
    'tone.sd',
    'tone.saturation',
    'tone.change.cut',
    'detail.gradient',
    'change.mean.max',
  ]) {
    expect(value(name)).toBeCloseTo(0, 5);
  }
});

test('a bar that moves to the right: upright edges, motion to the right, its speed', async () => {
  const speed = 1 / 96;
  const value = await extract(clip(16, bar(speed)));
  // Bin 0 of the orientations is the x axis: gradients of upright edges.
  const [first, ...rest] = shares(value, 'boundary.change', 8);
  expect(first).toBeGreaterThan(8 * Math.max(...rest));
  expect(value('boundary.moving.entropy')).toBeLessThan(0.3);
  const direction = shares(value, 'flow.direction', 8);
  expect(direction[0]).toBeGreaterThan(0.8);
  expect(direction[4]).toBeLessThan(0.01);
  // One working pixel a frame; blocks beside the bar see less.
  expect(Math.expm1(value('flow.speed.p97')) / 10).toBeGreaterThan(0.7);
  expect(Math.expm1(value('flow.speed.p97')) / 10).toBeLessThan(1.3);
  const twice = await extract(clip(16, bar(2 * speed)));
  expect(twice('change.mean.mean')).toBeGreaterThan(value('change.mean.mean') + 0.3);
  expect(twice('flow.speed.p97')).toBeGreaterThan(value('flow.speed.p97') + 0.3);
});

test('a bar that moves down puts the same energy into the other axis', async () => {
  const value = await extract(clip(16, (x, y, t) => bar(1 / 96)(y, x, t)));
  const edges = shares(value, 'boundary.change', 8);
  expect(edges.indexOf(Math.max(...edges))).toBe(4);
  expect(edges[0]).toBeLessThan(0.05);
  expect(shares(value, 'flow.direction', 8)[2]).toBeGreaterThan(0.8);
});

test('to and fro is erratic, to the right is not', async () => {
  const steady = await extract(clip(16, bar(1 / 96)));
  const erratic = await extract(clip(16, (x, y, t) => bar(1 / 96)(x, y, t % 2)));
  for (const name of ['change.reversal', 'flow.turning', 'flow.reversal', 'rhythm.cells.centroid']) {
    expect([name, erratic(name) > steady(name) + 0.2]).toEqual([name, true]);
  }
  expect(steady('span.growth.8')).toBeGreaterThan(erratic('span.growth.8') + 1);
});

test('a flash of the whole picture is in the flash dimensions', async () => {
  const value = await extract(clip(16, (x, y, t) => 0.3 + 0.05 * still(x, y) + (t === 7 ? 0.4 : 0)));
  // c(0.4) = ln 401, up at one pair and down at the next; 8-bit frames round by up to 1/510.
  expect(value('change.flash.up')).toBeCloseTo(Math.log(401), 1);
  expect(value('change.flash.down')).toBeCloseTo(-Math.log(401), 1);
  expect(value('change.together.max')).toBeGreaterThan(0.99);
  expect(value('tone.change.cut')).toBeGreaterThan(0.9);
  const calm = await extract(clip(16, bar(1 / 96)));
  expect(calm('change.flash.up')).toBeLessThan(2);
});

test('noise is the same at every lag and vanishes in patches; blur takes the fine detail', async () => {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296 - 0.5;
  };
  const noisy = await extract(clip(16, (x, y) => still(x, y) + 0.2 * noise()));
  const moving = await extract(clip(16, bar(1 / 96)));
  expect(Math.abs(noisy('span.growth.15'))).toBeLessThan(0.05);
  expect(noisy('span.blob.8')).toBeLessThan(0.2);
  expect(moving('span.blob.8')).toBeGreaterThan(0.4);
  expect(noisy('detail.fineness')).toBeGreaterThan(moving('detail.fineness') + 1);
});

test('one scene at two sizes gives nearly the same row', async () => {
  const scene = (x: number, y: number, t: number) => 0.6 * still(x, y) + 0.4 * bar(1 / 120)(x, y, t);
  const small = await extractor.extract(clip(16, scene, 320, 240));
  const large = await extractor.extract(clip(16, scene, 640, 480));
  // Only the rounding of pixels to bytes differs; it is averaged over 11 and 44 of them. Compression shows amounts
  // of a hundredth of a grey level, hence 0.1 for the worst and much less for most.
  const differences = Float32Array.from(small.data, (value, i) => Math.abs(value - large.data[i]!));
  const worst = differences.indexOf(Math.max(...differences));
  expect([LITE_VISUAL_DIMENSIONS[worst]!.name, differences[worst]! < 0.1]).toEqual([
    expect.any(String),
    true,
  ]);
  expect(differences.sort()[243]).toBeLessThan(0.03);
});

test('rows do not depend on what comes before, nor on how frames arrive', async () => {
  const frames = clip(40, bar(1 / 200), 64, 48);
  const reports: VisualReport[] = [];
  const progress: number[] = [];
  const whole = await extractor.extract(frames, {
    onReport: (report) => reports.push(report),
    onProgress: ({ snippets }) => progress.push(snippets),
  });
  expect(whole).toMatchObject({ modality: 'visual', length: 2, crops: 1, dim: 256 });
  expect(reports).toEqual([{ frames: 40, droppedFrames: 8, looped: false }]);
  expect(progress).toEqual([1, 2]);
  async function* stream() {
    const reused = { ...frames[0]!, data: new Uint8Array(frames[0]!.data.length) };
    for (const frame of frames) {
      reused.data.set(frame.data);
      yield reused;
    }
  }
  expect(await extractor.extract(stream())).toEqual(whole);
  const second = await extractor.extract(frames.slice(16, 32));
  expect(second.data).toEqual(whole.data.subarray(256));
});

test('a short clip is looped and gives one row', async () => {
  const frames = clip(5, bar(1 / 96));
  const reports: VisualReport[] = [];
  const short = await extractor.extract(frames, { onReport: (report) => reports.push(report) });
  expect(reports).toEqual([{ frames: 5, droppedFrames: 0, looped: true }]);
  const looped = await extractor.extract(Array.from({ length: 16 }, (_, t) => frames[t % 5]!));
  expect(short).toEqual(looped);
});

test("rows: 'xd' is one less when 16 divides the number of frames", async () => {
  const xd = createVisualExtractor({ kind: 'lite', rows: 'xd' });
  expect(xd.spec.recipeHash).not.toBe(extractor.spec.recipeHash);
  for (const [frames, rows] of [
    [16, 1],
    [32, 1],
    [33, 2],
    [48, 2],
  ] as const) {
    expect((await xd.extract(clip(frames, still, 24, 18))).length).toBe(rows);
  }
});

test('pictures of any shape', async () => {
  for (const [width, height] of [
    [160, 90],
    [90, 160],
    [31, 23],
    [200, 20],
    [1, 1],
  ] as const) {
    const { data } = await extractor.extract(clip(16, bar(1 / 96), width, height));
    expect(data.every(Number.isFinite)).toBe(true);
  }
});

describe('errors', () => {
  const failure = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!RobustaError.isInstance(error)) throw new Error(`expected a RobustaError, got ${error}`);
    return error;
  };

  test('kinds that do not exist', () => {
    for (const kind of ['i3d', 'lite ', undefined]) {
      expect(() => createVisualExtractor({ kind } as never)).toThrow(
        expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining('"lite"') }),
      );
    }
    expect(() => createVisualExtractor({ kind: 'lite', row: 'xd' } as never)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
  });

  test('no frames, another size, too few bytes', async () => {
    expect((await failure(extractor.extract([]))).code).toBe('EMPTY_INPUT');
    const frames = clip(20, still, 32, 24);
    frames[17] = grey(24, 32, still);
    const size = await failure(extractor.extract(frames));
    expect(size.code).toBe('BAD_INPUT');
    expect(size.message).toContain('frame 17 is 24x32');
    frames[17] = { width: 32, height: 24, data: new Uint8Array(5) };
    expect((await failure(extractor.extract(frames))).message).toContain('frame 17 has 5 bytes');
    const nothing = { width: 0, height: 24, data: new Uint8Array(0) };
    expect((await failure(extractor.extract([nothing]))).code).toBe('BAD_INPUT');
  });

  test('abort', async () => {
    const controller = new AbortController();
    const work = extractor.extract(clip(64, still, 32, 24), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect((await failure(work)).code).toBe('ABORTED');
  });

  test('a file that does not exist', async () => {
    expect((await failure(extractor.extract('no/such/file.mp4'))).code).toBe('FILE_NOT_FOUND');
  });
});
