import { createHash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, type Modality, RobustaError, throwIfAborted } from '@robusta/core';
import { type MediaInfo, probe } from '@robusta/media';
import { GRID_FPS, type VideoRecord } from './model.js';

/** What only the file itself tells about a video. */
export type ScannedVideo = Pick<
  VideoRecord,
  'fps' | 'frames' | 'modalities' | 'sha256' | 'bytes' | 'mtimeMs'
>;

/** What a video file says about itself without being read in full. */
export type ProbedVideo = Omit<ScannedVideo, 'sha256'>;

/** What is known of a video file, with its hash where that was known already. */
interface Probed extends ProbedVideo {
  sha256?: string;
}

/**
 * Probes and hashes a video file, unless `known` was made from the same path, size and time of change.
 * @throws what `probe` throws for files that are not media; TRUNCATED; EMPTY_INPUT for a video without frames
 */
export async function scanVideo(
  root: string,
  path: string,
  known: ScannedVideo | undefined,
  signal?: AbortSignal,
): Promise<ScannedVideo> {
  const probed = await probeVideo(root, path, known);
  return { ...probed, sha256: probed.sha256 ?? (await sha256Of(join(root, path), signal)) };
}

/** {@link scanVideo} without the hash, which takes as long as reading the file. */
export async function probeVideo(
  root: string,
  path: string,
  known: ScannedVideo | undefined,
): Promise<Probed> {
  const file = join(root, path);
  const { size: bytes, mtimeMs } = await stat(file).catch((error) => {
    throw fileError(error, file);
  });
  if (known && known.bytes === bytes && known.mtimeMs === mtimeMs) {
    const { fps, frames, modalities, sha256 } = known;
    return { fps, frames, modalities, sha256, bytes, mtimeMs };
  }
  const info = await probe(file);
  if (info.truncated) {
    throw new RobustaError('TRUNCATED', `${file} ends before what its header announces`, {
      hint: 'copy it again',
    });
  }
  const frames = gridFrames(info);
  if (frames === 0) throw new RobustaError('EMPTY_INPUT', `${file} has no frames`);
  const modalities: Modality[] = [
    ...(info.video ? ['visual' as const] : []),
    ...(info.audio ? ['audio' as const] : []),
  ];
  return {
    fps: info.video?.fps ?? GRID_FPS,
    frames,
    modalities,
    bytes,
    mtimeMs,
  };
}

/** Frames of the 24-fps grid that the picture (or, without one, the sound) covers, counted from time zero. */
function gridFrames({ video, duration }: MediaInfo): number {
  const seconds = video?.frames === undefined ? duration : video.start + video.frames / video.fps;
  return Math.max(0, Math.round(seconds * GRID_FPS));
}

/** Large enough that reads cost nothing beside hashing, small enough to stay in the processor's cache. */
const blockBytes = 1 << 18;

async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(blockBytes);
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    for (;;) {
      throwIfAborted(signal);
      const { bytesRead } = await file.read(block, 0, blockBytes);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(block.subarray(0, bytesRead));
    }
  } catch (error) {
    throw fileError(error, path);
  } finally {
    await file?.close();
  }
}
