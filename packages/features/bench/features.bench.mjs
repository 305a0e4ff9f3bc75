import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@robusta/core';
import { createAudioExtractor, createVisualExtractor, logMel } from '@robusta/features';
import { readFrames, writeMedia } from '@robusta/media';
import { measure, record } from '@robusta/test-kit/bench';

const seconds = 10;
const visual = createVisualExtractor({ kind: 'lite' });
const audio = createAudioExtractor({ kind: 'lite' });

/** A textured scene with a few moving patches. */
function* scene(width, height) {
  const patches = Array.from({ length: 5 }, (_, i) => ({
    fx: 0.7 + 0.3 * i,
    fy: 1.1 - 0.15 * i,
    level: 60 + 40 * i,
  }));
  for (let t = 0; t < seconds * 24; t++) {
    const data = new Uint8Array(width * height * 3);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i += 3) {
        const level = 100 + 40 * Math.sin(x / 17) * Math.cos(y / 13);
        data[i] = level;
        data[i + 1] = level + 10;
        data[i + 2] = level - 10;
      }
    }
    for (const { fx, fy, level } of patches) {
      const left = Math.floor((0.5 + 0.4 * Math.sin((fx * t) / 12)) * width * 0.9);
      const top = Math.floor((0.5 + 0.4 * Math.cos((fy * t) / 12)) * height * 0.8);
      for (let y = top; y < top + height / 8; y++) {
        const start = (y * width + left) * 3;
        data.fill(level, start, start + Math.floor(width / 14) * 3);
      }
    }
    yield { width, height, data };
  }
}

const rng = createRng(1);
const samples = Float32Array.from({ length: seconds * 16000 }, () => 0.1 * rng.normal());
const clip = { sampleRate: 16000, channels: [samples] };

/** Seconds of recording handled in a second. */
async function realTime(name, run, target) {
  const milliseconds = await measure(run, { seconds: 3 });
  const result = {
    package: '@robusta/features',
    name,
    value: (1000 * seconds) / milliseconds,
    unit: 'x real time',
  };
  record(target ? { ...result, target } : result);
}

const folder = await mkdtemp(join(tmpdir(), 'robusta-features-bench-'));
try {
  for (const [width, height] of [
    [320, 240],
    [1280, 720],
  ]) {
    const path = join(folder, `${width}x${height}.mp4`);
    await writeMedia(path, { frames: scene(width, height), fps: 24, audio: clip });
    const size = `${width}x${height}`;
    await realTime(
      `visual lite, ${size} file, decoding included`,
      () => visual.extract(path),
      width === 320 ? '>= 10' : undefined,
    );
    await realTime(`decoding alone, ${size} file`, async () => {
      for await (const frame of readFrames(path, { fps: 24 })) if (!frame) break;
    });
    if (width === 320) {
      const frames = Array.from(scene(width, height));
      await realTime(`visual lite, ${size} frames in memory`, () => visual.extract(frames));
      await realTime('audio lite, file, decoding included', () => audio.extract(path));
    }
  }
  await realTime('audio lite, 16 kHz in memory', () => audio.extract(clip));
  await realTime('logMel, 16 kHz in memory', () => logMel(samples));
} finally {
  await rm(folder, { recursive: true, force: true });
}
