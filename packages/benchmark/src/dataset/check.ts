import { parseOptions, throwIfAborted } from '@robusta/core';
import { z } from 'zod';
import { callbackOption, type Progress, SignalOption } from '../options.js';
import { openScanCache } from './cache.js';
import type { Catalog, CatalogEntry } from './catalog.js';
import { mapConcurrent } from './concurrent.js';
import { type OpenedVideo, openFeatures } from './feature-index.js';
import { type DatasetFinding, findingsOf } from './findings.js';
import { isThere, mediaProblem } from './load.js';
import { type DatasetProblem, GRID_FPS, type VideoRecord } from './model.js';
import { type DatasetKind, type DatasetPlaces, readCatalog, withPlaces } from './places.js';
import { problemOf } from './rules.js';
import { type ProbedVideo, probeVideo } from './scan.js';
import { checkOverlaps, isEvaluable, stretchesOf } from './stretches.js';

const OptionsSchema = withPlaces({
  probe: z.boolean().default(true),
  cache: z.string().min(1).optional(),
  concurrency: z.number().int().min(1).max(256).default(8),
  signal: SignalOption.optional(),
  onProgress: callbackOption<(progress: Progress) => void>().optional(),
});

/** Options of {@link checkDataset} besides those of where the dataset is. */
export interface CheckOptions {
  /** Whether files are opened; if not, only names and texts are compared. Default true. */
  probe?: boolean;
  /** A `dataset.jsonl` to take unchanged files from; it is not written. */
  cache?: string;
  /** Videos that are probed at a time. Default 8. */
  concurrency?: number;
  signal?: AbortSignal;
  /** Called for each video and each video's features. */
  onProgress?: (progress: Progress) => void;
}

/** What {@link checkDataset} found. */
export interface DatasetReport {
  kind: DatasetKind;
  name: string;
  root: string;
  counts: {
    /** Videos by split and label, as lists, annotations and names tell. */
    train: { normal: number; anomalous: number };
    test: { normal: number; anomalous: number };
    /** Annotated videos and their stretches. */
    annotated: { videos: number; stretches: number };
    /** Video files of these, and how long those last that were opened, hours. */
    media: { files: number; opened: number; hours: number };
    /** Videos of these with features, and their rows where opened. */
    features: { visual: number; audio: number; rows: number };
  };
  /** What is odd, by rule, in the order of `DATASET_RULES`. */
  findings: DatasetFinding[];
  errors: number;
  warnings: number;
  notes: number;
}

/**
 * Compares all that a dataset consists of: names, lists, annotations, videos (opened, but neither decoded nor hashed) and
 * the headers of features.
 * @throws BAD_DATASET, BAD_ANNOTATION where it cannot be understood at all; FILE_NOT_FOUND, FILE_UNREADABLE, BAD_OPTION,
 *   ABORTED
 */
export async function checkDataset(options: DatasetPlaces & CheckOptions): Promise<DatasetReport> {
  const checked = parseOptions(OptionsSchema, options, 'checkDataset');
  const { kind, probe, signal } = checked;
  const catalog = await readCatalog(checked, signal);
  const { entries, features } = catalog;
  const problems = [...catalog.problems];
  for (const entry of entries) checkOverlaps(entry, problems);

  const probed = await probeAll(catalog, checked, problems);
  const opened = features && probe ? await openFeatures(entries, features, problems, checked) : [];
  throwIfAborted(signal);
  checkLengths(catalog, probed, opened, problems);
  if (!catalog.hasVideos && !features) {
    problems.push(problemOf('nothing-to-read', catalog.name, `no videos and no features in ${catalog.root}`));
  }

  const frames = [...probed.values()].reduce((sum, video) => sum + video.frames, 0);
  const ids = new Set(entries.map(({ id }) => id));
  const withFeatures = (modality: 'visual' | 'audio') =>
    [...(features?.files[modality] ?? [])].filter(([id, files]) => files.length > 0 && ids.has(id)).length;
  return {
    kind,
    name: catalog.name,
    root: catalog.root,
    counts: {
      train: countLabels(entries, 'train'),
      test: countLabels(entries, 'test'),
      annotated: catalog.annotated,
      media: {
        files: entries.filter(({ path }) => path !== undefined).length,
        opened: probed.size,
        hours: frames / GRID_FPS / 3600,
      },
      features: {
        visual: withFeatures('visual'),
        audio: withFeatures('audio'),
        rows: opened.reduce((sum, { length }) => sum + length, 0),
      },
    },
    ...findingsOf(problems),
  };
}

function countLabels(entries: readonly CatalogEntry[], split: VideoRecord['split']) {
  const of = (label: 0 | 1) =>
    entries.filter((entry) => entry.split === split && entry.label === label).length;
  return { normal: of(0), anomalous: of(1) };
}

async function probeAll(
  catalog: Catalog,
  { probe, cache, concurrency, signal, onProgress }: z.output<typeof OptionsSchema>,
  problems: DatasetProblem[],
): Promise<Map<string, ProbedVideo>> {
  const probed = new Map<string, ProbedVideo>();
  if (!catalog.hasVideos) return probed;
  const { known } = await openScanCache(cache);
  const { entries, root } = catalog;
  let done = 0;
  await mapConcurrent(
    entries,
    concurrency,
    async (entry) => {
      try {
        if (!isThere(entry, catalog, problems) || !probe) return;
        const video = await probeVideo(root, entry.path, known.get(entry.path));
        probed.set(entry.id, video);
        noteOddities(entry, video, catalog, problems);
      } catch (error) {
        problems.push(mediaProblem(entry, error));
      } finally {
        onProgress?.({ done: ++done, total: entries.length });
      }
    },
    signal,
  );
  return probed;
}

function noteOddities(
  { id }: CatalogEntry,
  { fps, modalities }: ProbedVideo,
  catalog: Catalog,
  problems: DatasetProblem[],
): void {
  if (catalog.fps !== undefined && Math.abs(fps - catalog.fps) > 0.01) {
    const rate = Number(fps.toFixed(3));
    problems.push(problemOf('other-rate', id, `runs at ${rate} frames a second, expected ${catalog.fps}`));
  }
  if (catalog.audible && !modalities.includes('audio'))
    problems.push(problemOf('no-sound', id, 'has no sound'));
}

/** Annotations lie in the video: in the file, else in the rows of its features, else in the time that its name says. */
function checkLengths(
  { entries }: Catalog,
  probed: ReadonlyMap<string, ProbedVideo>,
  opened: readonly OpenedVideo[],
  problems: DatasetProblem[],
): void {
  const rows = new Map(opened.map(({ entry, length }) => [entry.id, length]));
  for (const entry of entries) {
    const { id, intervals, seconds } = entry;
    const video = probed.get(id);
    const length = rows.get(id);
    const rate = entry.rate ?? GRID_FPS;
    // The last frames of a video are no whole row; its name gives whole seconds.
    const known =
      video ??
      (length !== undefined
        ? { fps: rate, frames: 16 * (length + 1) + 1 }
        : seconds !== undefined
          ? { fps: rate, frames: GRID_FPS * (seconds + 1) }
          : undefined);
    if (known) stretchesOf(entry, known, problems);
    else isEvaluable(entry, intervals, problems);
  }
}
