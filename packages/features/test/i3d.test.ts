import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Frame, RobustaError } from '@robusta/core';
import { readFrames, writeMedia } from '@robusta/media';
import { createVisualExtractor, type I3dExtractor } from '../src/index.js';
import { clip, still } from './frames.js';
import { writeSmallI3d } from './small-i3d.js';

let folder: string;
let model: string;
let extractor: I3dExtractor;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-i3d-'));
  model = join(folder, 'small.onnx');
  await writeSmallI3d(model, 'small');
  extractor = await createVisualExtractor({ kind: 'i3d-resnet50', model, crops: 1, batch: 3, threads: 1 });
}, 60_000);
afterAll(async () => {
  await extractor.dispose();
  await rm(folder, { recursive: true, force: true });
});

const scene = (count: number, speed = 1) => clip(count, (x, y, t) => still(x + (speed * t) / 60, y), 48, 36);
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (RobustaError.isInstance(error) ? error.code : error),
  );

test('rows are those of each window alone, whatever else is in the batch', async () => {
  const frames = scene(5 * 16 + 7);
  const reports: unknown[] = [];
  const steps: number[] = [];
  const [all, other] = await Promise.all([
    extractor.extract(frames, {
      onReport: (report) => reports.push(report),
      onProgress: ({ snippets }) => steps.push(snippets),
    }),
    extractor.extract(scene(32, 3)),
  ]);
  expect(all).toMatchObject({ modality: 'visual', length: 5, crops: 1, dim: 2048 });
  expect(other.length).toBe(2);
  expect(reports).toEqual([{ frames: 87, droppedFrames: 7, looped: false }]);
  expect(steps).toEqual([1, 2, 3, 4, 5]);
  const third = await extractor.extract(frames.slice(32, 48));
  // ONNX Runtime may sum in another order in another size of batch.
  const row = all.data.subarray(2 * 2048, 3 * 2048);
  const scale = Math.max(...third.data);
  expect(Math.max(...row.map((value, i) => Math.abs(value - third.data[i]!)))).toBeLessThan(1e-5 * scale);
  expect(scale).toBeGreaterThan(0);
}, 60_000);

test('a video shorter than a window is repeated from its start', async () => {
  const frames = scene(6);
  const reports: unknown[] = [];
  const short = await extractor.extract(frames, { onReport: (report) => reports.push(report) });
  const full = await extractor.extract(Array.from({ length: 16 }, (_, t) => frames[t % 6]!));
  expect(short).toEqual(full);
  expect(reports).toEqual([{ frames: 6, droppedFrames: 0, looped: true }]);
}, 60_000);

test("rows: 'xd' has one row less where 16 divides the frames", async () => {
  const xd = await createVisualExtractor({ kind: 'i3d-resnet50', model, crops: 1, rows: 'xd', threads: 1 });
  expect((await xd.extract(scene(32))).length).toBe(1);
  expect((await xd.extract(scene(33))).length).toBe(2);
  expect(xd.spec.recipeHash).not.toBe(extractor.spec.recipeHash);
  await xd.dispose();
}, 60_000);

test('more crops than fit into a batch go through the network in pieces', async () => {
  const five = await createVisualExtractor({ kind: 'i3d-resnet50', model, crops: 5, batch: 2, threads: 1 });
  const frames = scene(16);
  const sequence = await five.extract(frames);
  expect(sequence).toMatchObject({ length: 1, crops: 5, dim: 2048 });
  expect(five.times().clips).toBe(5);
  const centre = await extractor.extract(frames);
  const last = sequence.data.subarray(4 * 2048);
  const worst = Math.max(...last.map((value, i) => Math.abs(value - centre.data[i]!)));
  expect(worst).toBeLessThan(1e-5 * Math.max(...centre.data));
  await five.dispose();
}, 60_000);

test('a file gives the rows of its frames; rates other than 24 fps, portrait pictures', async () => {
  const path = join(folder, 'portrait.mp4');
  await writeMedia(path, { frames: clip(21, (x, y, t) => still(x + t / 60, y), 48, 96), fps: 30 });
  const seen = await extractor.extract(path);
  expect(seen.length).toBe(1);
  expect(seen).toEqual(await extractor.extract(readFrames(path, { fps: 24 })));
}, 60_000);

test.each([
  [true, 1],
  [true, 2],
  [false, 2],
])(
  'files with overlap %s, %d in a batch: the rows of their frames, and their errors',
  async (overlap, batch) => {
    const kind = 'i3d-resnet50';
    // A batch of a single window takes the array of the thread as it is.
    const own = await createVisualExtractor({ kind, model, crops: 1, batch, overlap, threads: 1 });
    const path = join(folder, `overlap-${overlap}-${batch}.mp4`);
    await writeMedia(path, { frames: scene(40), fps: 24, preset: 'ultrafast' });
    const seen = await own.extract(path);
    expect(seen.length).toBe(2);
    expect(seen).toEqual(await own.extract(readFrames(path, { fps: 24 })));
    const stop = new AbortController();
    const stopped = own.extract(path, { signal: stop.signal, onProgress: () => stop.abort() });
    expect(await failure(stopped)).toBe('ABORTED');
    expect(await failure(own.extract(join(folder, 'none.mp4')))).toBe('FILE_NOT_FOUND');
    const { decode, prepare, network, clips } = own.times();
    expect([decode > 0, prepare > 0, network > 0, clips >= 4]).toEqual([true, true, true, true]);
    await own.dispose();
  },
  120_000,
);

test('the recipe names preparation, order and weights', () => {
  expect(extractor.spec).toMatchObject({ kind: 'i3d-resnet50', dim: 2048, crops: 1, fps: 24 });
  expect(extractor.spec.recipe).toMatchObject({
    extractor: 'robusta/i3d-resnet50',
    preparation: 'rtfm',
    cropOrder: ['centre'],
    weights: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('failures in the middle leave the extractor usable', async () => {
  async function* broken(): AsyncGenerator<Frame> {
    yield* scene(20);
    throw new RobustaError('TRUNCATED', 'the file ends early');
  }
  const stop = new AbortController();
  const stopped = extractor.extract(scene(48), { signal: stop.signal, onProgress: () => stop.abort() });
  const thrown = new Error('from a callback');
  const outcomes = await Promise.all([
    failure(extractor.extract(broken())),
    failure(extractor.extract([...scene(17), ...clip(1, still, 36, 48)])),
    failure(extractor.extract([])),
    failure(stopped),
    failure(
      extractor.extract(scene(40), {
        onProgress: () => {
          throw thrown;
        },
      }),
    ),
  ]);
  expect(outcomes).toEqual(['TRUNCATED', 'BAD_INPUT', 'EMPTY_INPUT', 'ABORTED', thrown]);
  expect((await extractor.extract(scene(16))).length).toBe(1);
}, 60_000);

test('what is refused', async () => {
  const kind = 'i3d-resnet50' as const;
  const missing = join(folder, 'none.onnx');
  const text = join(folder, 'text.onnx');
  await writeFile(text, 'not a model');
  expect(await failure(createVisualExtractor({ kind, model: missing }))).toBe('FILE_NOT_FOUND');
  expect(['BAD_FORMAT', 'TRUNCATED']).toContain(await failure(createVisualExtractor({ kind, model: text })));
  expect(await failure(createVisualExtractor({ kind: 'i3d-inception', model }))).toBe('BAD_MODEL');
  expect(await failure(createVisualExtractor({ kind, model, crops: 3 as 5 }))).toBe('BAD_OPTION');
  expect(await failure(createVisualExtractor({ kind, model, threads: 0 }))).toBe('BAD_OPTION');
  expect(() => createVisualExtractor({ kind: 'i3d' as 'i3d-resnet50', model })).toThrow(
    /"lite", "i3d-resnet50"/,
  );
});
