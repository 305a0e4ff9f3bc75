import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MediaInfo, probe, readFrames, writeMedia } from '@robusta/media';

export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'robusta-media-'));
  try {
    const path = join(folder, 'example.mp4');
    const frames = Array.from({ length: 25 }, (_, i) => ({
      width: 64,
      height: 48,
      data: new Uint8Array(64 * 48 * 3).fill(i * 5),
    }));
    await writeMedia(path, { frames, fps: 25 });
    const { video }: MediaInfo = await probe(path);
    let count = 0;
    for await (const frame of readFrames(path)) count += frame.width / 64;
    return { size: [video?.width, video?.height], count };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const expected = { size: [64, 48], count: 25 };
