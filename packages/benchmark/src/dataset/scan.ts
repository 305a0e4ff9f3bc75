import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, type Modality, RobustaError } from '@robusta/core';
import { type MediaInfo, probe } from '@robusta/media';
import { hashFile } from './hash-file.js';
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
  return { ...probed, sha256: probed.sha256 ?? (await hashFile(join(root, path), signal)) };
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
