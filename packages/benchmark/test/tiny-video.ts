import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createRng, type Frame } from '@robusta/core';
import { writeMedia } from '@robusta/media';

/** What a {@link writeTinyVideo} shows and sounds like. */
export interface TinyVideo {
  frames?: number;
  fps?: number;
  sound?: boolean;
  seed?: number;
}

/** Writes a real MP4 of 64 by 48 pixels with moving noise, and noise to hear. */
export async function writeTinyVideo(path: string, options: TinyVideo = {}): Promise<void> {
  const { frames = 24, fps = 24, sound = true, seed = 1 } = options;
  await mkdir(dirname(path), { recursive: true });
  const noise = randomBytes(64 * 48 * 3 + frames, seed);
  const pictures = Array.from({ length: frames }, (_, i): Frame => {
    return { width: 64, height: 48, data: noise.slice(i, i + 64 * 48 * 3) };
  });
  const samples = Float32Array.from(
    randomBytes(Math.round((frames * 44100) / fps), seed + 1),
    (byte) => byte / 256,
  );
  const audio = sound ? { audio: { sampleRate: 44100, channels: [samples] } } : {};
  await writeMedia(path, { frames: pictures, fps, preset: 'ultrafast', ...audio });
}

function randomBytes(length: number, seed: number): Uint8Array {
  const rng = createRng(seed);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = 90 + (rng.int(1 << 16) & 63);
  return bytes;
}

/** Runs `body` with a folder that is removed afterwards. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'robusta-benchmark-'));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
