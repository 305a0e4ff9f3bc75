import { type Modality, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { callbackOption, type Progress, SignalOption } from '../options.js';
import { openScanCache } from './cache.js';
import type { Catalog, CatalogEntry } from './catalog.js';
import { mapConcurrent } from './concurrent.js';
import { openFeatures, rowLabels } from './feature-index.js';
import type { Dataset, DatasetProblem, VideoRecord } from './model.js';
import { inOrder, isNotable, problemOf } from './rules.js';
import { type ScannedVideo, scanVideo } from './scan.js';
import { isEvaluable, stretchesOf } from './stretches.js';

/** Checks {@link LoadOptions}. */
export const LoadOptionsSchema = z.strictObject({
  name: z.string().min(1).optional(),
  cache: z.string().min(1).optional(),
  concurrency: z.number().int().min(1).max(256).default(8),
  signal: SignalOption.optional(),
  onProgress: callbackOption<(progress: Progress) => void>().optional(),
});

/** Options of every loader. */
export interface LoadOptions {
  /** Name of the dataset in results. Default: name of the folder. */
  name?: string;
  /** A `dataset.jsonl` to take unchanged files (same path, size, time of change) from, and to write. */
  cache?: string;
  /** Files that are probed and hashed at a time. Default 8. */
  concurrency?: number;
  signal?: AbortSignal;
  /** Called for each video, and for each video's features. */
  onProgress?: (progress: Progress) => void;
}

type CheckedOptions = z.output<typeof LoadOptionsSchema>;

/**
 * Opens the files of a catalog. What concerns single videos becomes a problem and does not stop it.
 * @throws BAD_DATASET if there are neither videos nor features; FILE_UNREADABLE, FILE_UNWRITABLE, DISK_FULL for the cache;
 *   ABORTED
 */
export async function loadCatalog(catalog: Catalog, options: CheckedOptions): Promise<Dataset> {
  const { root, hasVideos, features } = catalog;
  if (!hasVideos && !features) {
    throw new RobustaError('BAD_DATASET', `${root} has neither videos nor features: no videos in it`, {
      hint: 'name the folder of the videos; lists and annotations may lie elsewhere (option lists)',
      details: { root },
    });
  }
  const problems = [...catalog.problems];
  const videos = hasVideos ? await scanAll(catalog, options, problems) : [];
  const opened = features && (await openAll(catalog, features, problems, options));
  return {
    name: catalog.name,
    root,
    videos,
    ...(opened ? { features: opened } : {}),
    // Files are opened in an order that depends on the disk.
    problems: inOrder(problems.filter(isNotable)),
  };
}

async function scanAll(
  catalog: Catalog,
  { cache: cachePath, concurrency, signal, onProgress }: CheckedOptions,
  problems: DatasetProblem[],
): Promise<VideoRecord[]> {
  const { root, entries } = catalog;
  const cache = await openScanCache(cachePath);
  let done = 0;
  const scanOne = async (entry: CatalogEntry): Promise<VideoRecord | undefined> => {
    if (!isThere(entry, catalog, problems)) return undefined;
    try {
      const file = await scanVideo(root, entry.path, cache.known.get(entry.path), signal);
      return recordOf(entry, file, problems);
    } catch (error) {
      problems.push(mediaProblem(entry, error));
      return undefined;
    }
  };
  const records = await mapConcurrent(
    entries,
    concurrency,
    async (entry) => {
      const record = await scanOne(entry);
      if (record && record.sha256 !== cache.known.get(record.path)?.sha256) await cache.add(record);
      onProgress?.({ done: ++done, total: entries.length });
      return record;
    },
    signal,
  );
  const videos = records.filter((record) => record !== undefined);
  await cache.finish(videos);
  return videos;
}

/**
 * What is wrong with the file of one video.
 * @throws the error itself, where it is none of the file
 */
export function mediaProblem({ id }: CatalogEntry, error: unknown): DatasetProblem {
  if (!RobustaError.isInstance(error) || error.code === 'ABORTED') throw error;
  const { code, message } = error;
  if (code === 'FILE_NOT_FOUND') return problemOf('missing-media', id, message, { skipped: true });
  return problemOf('bad-media', id, message, { skipped: true, code });
}

/** False for a video that has no file, and a problem if it has no features either. */
export function isThere(
  entry: CatalogEntry,
  { root, features }: Catalog,
  problems: DatasetProblem[],
): entry is CatalogEntry & { path: string } {
  if (entry.path !== undefined) return true;
  if (!features?.files.visual.has(entry.id) && !features?.files.audio.has(entry.id)) {
    problems.push(
      problemOf('missing-media', entry.id, `there is no such video in ${root}`, { skipped: true }),
    );
  }
  return false;
}

/** The record of a video, or undefined where what its annotation says forbids its use. */
function recordOf(
  entry: CatalogEntry & { path: string },
  file: ScannedVideo,
  problems: DatasetProblem[],
): VideoRecord | undefined {
  const { id, path, split, label } = entry;
  const intervals = stretchesOf(entry, file, problems);
  const modalities = modalitiesOf(entry, file);
  if (modalities.length === 0) {
    throw new RobustaError('NO_VIDEO', `${path} has no picture, and the dataset has no sound`);
  }
  return intervals && { id, path, split, label, intervals, ...file, modalities };
}

function modalitiesOf({ modalities }: CatalogEntry, file: ScannedVideo): Modality[] {
  return file.modalities.filter((modality) => modalities?.includes(modality) ?? true);
}

async function openAll(
  { entries }: Catalog,
  index: NonNullable<Catalog['features']>,
  problems: DatasetProblem[],
  options: Pick<CheckedOptions, 'signal' | 'onProgress'>,
): Promise<NonNullable<Dataset['features']>> {
  const opened = await openFeatures(entries, index, problems, options);
  const of = (split: VideoRecord['split']) => opened.filter(({ entry }) => entry.split === split);
  return {
    train: of('train').map(({ video }) => video),
    test: of('test').flatMap((open) => {
      const labels = rowLabels(open);
      if (labels) return [{ ...open.video, labels }];
      isEvaluable(open.entry, [], problems);
      return [];
    }),
  };
}
