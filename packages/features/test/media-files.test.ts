import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AudioClip, type FeatureSequence, RobustaError } from '@robusta/core';
import { readAudio, readFrames, writeMedia } from '@robusta/media';
import { createAudioExtractor, createVisualExtractor } from '../src/index.js';
import { clip, still, tone } from './frames.js';

const visual = createVisualExtractor({ kind: 'lite' });
const audio = createAudioExtractor({ kind: 'lite' });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'robusta-features-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const scene = (x: number, y: number, t: number) => still(x + t / 60, y);
const beeps = (seconds: number) =>
  tone(seconds, (t) => (t % 0.5 < 0.1 ? 0.3 * Math.sin(4000 * t) : 0), 44100);

async function write(name: string, seconds: number, fps: number, sound?: AudioClip): Promise<string> {
  const path = join(folder, name);
  const frames = clip(Math.round(seconds * fps), (x, y, t) => scene(x, y, (t * 24) / fps), 96, 72);
  await writeMedia(path, { frames, fps, ...(sound ? { audio: sound } : {}) });
  return path;
}
async function collect(path: string, fps: number): Promise<FeatureSequence> {
  return visual.extract(readFrames(path, { fps }));
}

test('a file gives the rows of its frames and of its samples', async () => {
  const path = await write('both.mp4', 2, 24, beeps(2));
  const seen = await visual.extract(path);
  expect(seen).toMatchObject({ length: 3, crops: 1, dim: 256 });
  expect(seen).toEqual(await collect(path, 24));
  const heard = await audio.extract(path, { snippets: seen.length });
  expect(heard).toMatchObject({ length: 3, crops: 1, dim: 128 });
  expect(heard).toEqual(
    await audio.extract(await readAudio(path, { sampleRate: 16000, mono: true }), { snippets: 3 }),
  );
});

test('other rates are brought to 24 fps', async () => {
  const path = await write('thirty.mp4', 3, 30, beeps(3));
  expect((await visual.extract(path)).length).toBe(4);
});

test('a file without sound says so: a missing modality is not silence', async () => {
  const path = await write('mute.mp4', 1, 24);
  const error = await audio.extract(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(RobustaError.isInstance(error) && error.code).toBe('NO_AUDIO');
  expect((await visual.extract(path)).length).toBe(1);
});
