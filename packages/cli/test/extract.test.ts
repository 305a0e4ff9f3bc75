import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@robusta/core';
import { createVisualExtractor, networkGraph, networkTensors, readFeatures } from '@robusta/features';
import { writeMedia } from '@robusta/media';
import { robusta as run } from './run.js';

const robusta = (...args: string[]) => run('extract', ...args);
let folder: string;
const path = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-extract-'));
  await mkdir(path('videos', 'more'), { recursive: true });
  await writeVideo(path('videos', 'street.mp4'), 40);
  await writeVideo(path('videos', 'more', 'short.mp4'), 9);
  await writeFile(path('videos', 'broken.mp4'), 'no video at all');
  await writeModel(path('small.onnx'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeVideo(file: string, count: number) {
  const frames = Array.from({ length: count }, (_, t) => {
    const data = Uint8Array.from({ length: 96 * 64 * 3 }, (_, p) => ((p % 288) / 2 + 3 * t + (p >> 9)) & 255);
    return { width: 96, height: 64, data };
  });
  await writeMedia(file, { frames, fps: 24, preset: 'ultrafast' });
}

/** An I3D-ResNet50 of one block a stage with random weights. */
async function writeModel(file: string) {
  const layers = [1, 1, 1, 1] as const;
  const rng = createRng(5);
  const noise = Float32Array.from({ length: 4096 }, () => rng.uniform() - 0.45);
  const tensors = networkTensors('i3d-resnet50', { layers }).map(({ name, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const scale = shape.length > 1 ? Math.sqrt((8 * shape[0]!) / size) : 1;
    const value = (i: number) => (name.endsWith('running_var') ? 1 : scale * noise[i & 4095]!);
    const data = name.endsWith('num_batches_tracked')
      ? { dtype: 'int64' as const, data: new BigInt64Array(size) }
      : { dtype: 'float32' as const, data: Float32Array.from({ length: size }, (_, i) => value(i)) };
    return [name, { shape: [...shape], ...data }];
  });
  await writeFile(file, networkGraph('i3d-resnet50', Object.fromEntries(tensors), { layers }));
}

test('a folder with lite: one file each, what fails is named, and a second run keeps what is there', async () => {
  const args = [path('videos'), '--extractor', 'lite', '--out', path('lite.v1')];
  const first = await robusta(...args);
  expect(first.code).toBe(1);
  expect(first.err).toMatch(/broken\.mp4/);
  expect(first.err).toMatch(/PARTIAL_FAILURE/);
  expect(first.out).toContain(
    `${path('lite.v1', 'street.npy')}: [2, 1, 256], the last 8 of 40 frames fill no row`,
  );
  expect(first.out).toContain(
    `${path('lite.v1', 'more', 'short.npy')}: [1, 1, 256], 9 frames repeated to make 16`,
  );
  expect(first.out).toMatch(/2 videos of 2\.0 s in .* x real time/);
  const { sequence, sidecar } = await readFeatures(path('lite.v1', 'street.npy'));
  expect(sequence).toEqual(
    await createVisualExtractor({ kind: 'lite' }).extract(path('videos', 'street.mp4')),
  );
  expect(sidecar.sourceSha256).toMatch(/^[0-9a-f]{64}$/);

  await rm(path('lite.v1', 'more', 'short.npy'));
  const { mtimeMs } = await stat(path('lite.v1', 'street.npy'));
  const second = await robusta(...args, '--json');
  const { files, kept, failed } = JSON.parse(second.out);
  expect(kept).toEqual([path('lite.v1', 'street.npy')]);
  expect(files).toMatchObject([
    { output: path('lite.v1', 'more', 'short.npy'), shape: [1, 1, 256], looped: true },
  ]);
  expect(failed).toMatchObject([{ input: path('videos', 'broken.mp4') }]);
  expect((await stat(path('lite.v1', 'street.npy'))).mtimeMs).toBe(mtimeMs);
});

test('features of another recipe are neither kept nor replaced, but with --force', async () => {
  const args = [path('videos', 'street.mp4'), '--extractor', 'lite', '--out', path('mixed')];
  expect((await robusta(...args)).code).toBe(0);
  const before = await readFile(path('mixed', 'street.npy'));
  const other = await robusta(...args, '--rows', 'xd');
  expect(other.code).toBe(1);
  expect(other.err).toMatch(/--force/);
  expect(await readFile(path('mixed', 'street.npy'))).toEqual(before);
  expect((await robusta(...args, '--rows', 'xd', '--force')).code).toBe(0);
});

test('a network: clips per second and the shares of the stages are shown', async () => {
  const args = [path('videos', 'street.mp4'), '--out', path('i3d'), '--crops', '1', '--batch', '2'];
  const { code, out } = await robusta(...args, '--model', path('small.onnx'));
  expect(out).toMatch(/street\.npy: \[2, 1, 2048\]/);
  expect(out).toMatch(/clips\/s; network \d+ % of the time, beside it decoding \d+ % and preparing \d+ %/);
  expect(code).toBe(0);
  const { sidecar } = await readFeatures(path('i3d', 'street.npy'));
  expect(sidecar.recipe).toMatchObject({ extractor: 'robusta/i3d-resnet50', preparation: 'rtfm', crops: 1 });
}, 60_000);

test('usage: a missing model, options of networks for lite, an unknown device, no file', async () => {
  const video = path('videos', 'street.mp4');
  const out = ['--out', path('usage')];
  const none = await robusta(video, ...out);
  expect([none.code, none.err]).toEqual([
    2,
    expect.stringMatching(/needs --model.*\n.*robusta models import/),
  ]);
  expect((await robusta(video, ...out, '--extractor', 'lite', '--crops', '5')).code).toBe(2);
  expect((await robusta(video, ...out, '--model', path('small.onnx'), '--device', 'abacus')).code).toBe(2);
  expect((await robusta(video, ...out, '--model', path('small.onnx'), '--crops', '3')).code).toBe(2);
  expect((await robusta(video, ...out, '--model', path('none.onnx'))).err).toMatch(/FILE_NOT_FOUND/);
  expect(
    (await robusta(video, ...out, '--extractor', 'i3d-inception', '--model', path('small.onnx'))).err,
  ).toMatch(/holds i3d-resnet50, not i3d-inception/);
  expect((await robusta(path('nothing.mp4'), ...out, '--extractor', 'lite')).err).toMatch(/FILE_NOT_FOUND/);
});
