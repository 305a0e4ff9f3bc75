import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileError, parseOptions, RobustaError, throwIfAborted } from '@robusta/core';
import { z } from 'zod';
import { callbackOption, type Progress, SignalOption } from '../options.js';
import { type AnnotationLine, parseXdAnnotations } from './annotations.js';
import { mapConcurrent } from './concurrent.js';
import { clampIntervals, mergeIntervals, toGrid } from './intervals.js';
import { readDatasetFile, writeDatasetFile } from './jsonl.js';
import { type FoundVideo, findLayout } from './layout.js';
import { type Dataset, type DatasetProblem, GRID_FPS, type VideoRecord } from './model.js';
import { type ScannedVideo, scanVideo } from './scan.js';

const LoadOptionsSchema = z.strictObject({
  name: z.string().min(1).optional(),
  cache: z.string().min(1).optional(),
  concurrency: z.number().int().min(1).max(256).default(8),
  signal: SignalOption.optional(),
  onProgress: callbackOption<(progress: Progress) => void>().optional(),
});

/** Options of {@link loadXdViolence}. */
export interface LoadOptions {
  /** Name of the dataset in results. Default: name of the folder. */
  name?: string;
  /** A `dataset.jsonl` to take unchanged files (same path, size, time of change) from, and to write. */
  cache?: string;
  /** Files that are probed and hashed at a time. Default 8. */
  concurrency?: number;
  signal?: AbortSignal;
  /** Called after each video. */
  onProgress?: (progress: Progress) => void;
}

/**
 * Loads a dataset laid out as XD-Violence is: videos in a training and a test folder, `annotations.txt` for the test
 * videos, the video-level label in the name (`_label_A` is normal).
 *
 * Annotations count the frames of the file. Where its rate is not 24 (XD-Violence runs at 24), they are converted by
 * time to the 24-fps grid that features and scores live on; `fps` of the record tells the rate of the file.
 *
 * What concerns single videos does not stop the load but is listed in `problems`: unreadable files, annotated videos
 * that are absent, violent test videos without annotation, annotations beyond the end, duplicates.
 * @param root - folder of the dataset
 * @throws BAD_DATASET, BAD_ANNOTATION (naming file and line), FILE_NOT_FOUND, FILE_UNREADABLE, BAD_OPTION, ABORTED
 */
export async function loadXdViolence(root: string, options: LoadOptions = {}): Promise<Dataset> {
  const { name, cache, concurrency, signal, onProgress } = parseOptions(
    LoadOptionsSchema,
    options,
    'loadXdViolence',
  );
  throwIfAborted(signal);
  const folder = resolve(root);
  const layout = await findLayout(folder, signal);
  if (!layout.annotations) {
    throw new RobustaError('BAD_DATASET', `${folder} has no annotations.txt`, {
      hint: 'put the annotations.txt of XD-Violence into the folder',
      details: { root: folder },
    });
  }
  const problems: DatasetProblem[] = [];
  const lines = await readAnnotations(join(folder, layout.annotations), problems);
  const found = withoutDuplicates(layout.videos, problems);
  const known = new Map((await readCache(cache)).map((video) => [video.path, video]));

  let done = 0;
  const scanned = await mapConcurrent(
    found,
    concurrency,
    async (video): Promise<ScannedVideo | undefined> => {
      try {
        return await scanVideo(folder, video, known.get(video.path), signal);
      } catch (error) {
        if (!RobustaError.isInstance(error) || error.code === 'ABORTED') throw error;
        problems.push({ video: video.id, code: error.code, message: error.message, skipped: true });
        return undefined;
      } finally {
        onProgress?.({ done: ++done, total: found.length });
      }
    },
    signal,
  );

  const videos: VideoRecord[] = [];
  found.forEach((video, index) => {
    const line = lines.get(video.id);
    lines.delete(video.id);
    const file = scanned[index];
    const record = file && joinAnnotation(video, file, line, problems);
    if (record) videos.push(record);
  });
  for (const { video, line } of lines.values()) {
    const message = `${layout.annotations}:${line} annotates a video that is not in ${folder}`;
    problems.push({ video, code: 'MISSING_VIDEO', message, skipped: true });
  }
  if (cache) await writeDatasetFile(cache, videos);
  // Files are probed in an order that depends on the disk.
  problems.sort((a, b) => compare(a.video, b.video) || compare(a.message, b.message));
  return { name: name ?? basename(folder), root: folder, videos, problems };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function readAnnotations(
  file: string,
  problems: DatasetProblem[],
): Promise<Map<string, AnnotationLine>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file);
  }
  const lines = new Map<string, AnnotationLine>();
  for (const line of parseXdAnnotations(text, file)) {
    const first = lines.get(line.video);
    if (!first) lines.set(line.video, line);
    else {
      const message = `${file}:${line.line} annotates the video of line ${first.line} again; the first line counts`;
      problems.push({ video: line.video, code: 'BAD_ANNOTATION', message, skipped: false });
    }
  }
  return lines;
}

function withoutDuplicates(videos: readonly FoundVideo[], problems: DatasetProblem[]): FoundVideo[] {
  const byId = new Map<string, FoundVideo>();
  for (const video of videos) {
    const first = byId.get(video.id);
    if (!first) byId.set(video.id, video);
    else {
      const message = `${video.path} has the name of ${first.path}; only the latter takes part`;
      problems.push({ video: video.id, code: 'BAD_DATASET', message, skipped: false });
    }
  }
  return [...byId.values()].sort((a, b) => compare(b.split, a.split) || compare(a.id, b.id));
}

async function readCache(cache: string | undefined): Promise<VideoRecord[]> {
  if (!cache || !existsSync(cache)) return [];
  return readDatasetFile(cache).catch((error) => {
    // A damaged or outdated cache costs a new scan, nothing else.
    if (RobustaError.isInstance(error) && error.code === 'BAD_FORMAT') return [];
    throw error;
  });
}

/** The record of a video, or undefined where what its annotation says forbids its use. */
function joinAnnotation(
  video: FoundVideo,
  file: ScannedVideo,
  line: AnnotationLine | undefined,
  problems: DatasetProblem[],
): VideoRecord | undefined {
  const { id, path, split } = video;
  const label = id.includes('_label_A') ? 0 : 1;
  const report = (message: string, skipped: boolean) =>
    problems.push({ video: id, code: 'BAD_ANNOTATION', message, skipped });
  let intervals: [number, number][] = [];
  if (label === 1) {
    const whole = mergeIntervals((line?.intervals ?? []).map((interval) => toGrid(interval, file.fps)));
    intervals = clampIntervals(whole, file.frames);
    const end = whole.at(-1)?.[1] ?? 0;
    if (end > file.frames) {
      report(
        `annotated up to frame ${end} but the video has ${file.frames} at ${GRID_FPS} fps; the excess is cut`,
        false,
      );
    }
  } else if (line?.intervals.length) {
    report(
      'annotated as anomalous although its name says normal (_label_A); the annotation is ignored',
      false,
    );
  }
  if (split === 'test' && label === 1 && intervals.length === 0) {
    report('a violent test video without an annotated stretch cannot be evaluated', true);
    return undefined;
  }
  return { id, path, split, label, intervals, ...file };
}
