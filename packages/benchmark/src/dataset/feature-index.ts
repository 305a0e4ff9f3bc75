import { join } from 'node:path';
import { type Modality, RobustaError } from '@robusta/core';
import { type StoredFeatures, storedFeatures, type ValidationVideo } from '@robusta/detector';
import type { Progress } from '../options.js';
import { SNIPPET_FRAMES, snippetFrameLabels } from '../run/evaluate.js';
import type { CatalogEntry } from './catalog.js';
import { FILES_AT_A_TIME, mapConcurrent } from './concurrent.js';
import { clampIntervals, mergeIntervals, toGrid } from './intervals.js';
import { splitOfFolder } from './layout.js';
import { type DatasetProblem, GRID_FPS, type VideoRecord } from './model.js';
import { byCodeUnit, problemOf } from './rules.js';
import { baseName } from './xd-names.js';

/** Feature files by modality and video, found by their names. */
export interface FeatureIndex {
  /** Absolute. */
  root: string;
  /** Files of each video, crops in order, relative to the root; none where a crop is absent. */
  files: Record<Modality, Map<string, string[]>>;
  /** What the folders say. */
  splits: Map<string, VideoRecord['split']>;
}

type OnProgress = (progress: Progress) => void;

const featureFile = /^(.+?)(?:__(\d{1,2}|vggish))?\.npy$/i;
/** The ground truth of the official code lies among its lists. */
const groundTruth = /^gt[\w-]*\.npy$/i;
const soundFolder = /(^|\/)[^/]*(audio|sound|vggish)[^/]*\//i;
/** Optical flow is no modality of ours; `RGB`, `flow` and `vggish-features` lie side by side in the published archives. */
const flowFolder = /(^|\/)[^/]*flow[^/]*\//i;

/**
 * Finds features named as those of XD-Violence: `<video>__0.npy` to `__4.npy` are its crops, `<video>__vggish.npy` its
 * sound; `<video>.npy` is sound in a folder of such a name, else picture.
 */
export function indexFeatures(
  root: string,
  paths: readonly string[],
  problems: DatasetProblem[],
): FeatureIndex {
  const index: FeatureIndex = { root, files: { visual: new Map(), audio: new Map() }, splits: new Map() };
  const crops = new Map<string, Map<number, string>>();
  for (const path of paths) {
    const name = baseName(path);
    const match = featureFile.exec(name);
    if (!match || flowFolder.test(path) || groundTruth.test(name)) continue;
    const [, id, suffix] = match as unknown as [string, string, string | undefined];
    const audible = suffix === undefined ? soundFolder.test(path) : !/^\d/.test(suffix);
    const key = `${audible ? 'audio' : 'visual'} ${id}`;
    const crop = audible || suffix === undefined ? 0 : Number(suffix);
    const own = crops.get(key) ?? new Map<number, string>();
    crops.set(key, own);
    const first = own.get(crop);
    if (first === undefined) own.set(crop, path);
    else problems.push(problemOf('duplicate-features', id, `${path} has the name of ${first}`));
    const split = splitOfFolder(path) ?? (/test\/[^/]*$/i.test(path) ? 'test' : undefined);
    if (split) index.splits.set(id, split);
  }
  for (const [key, files] of crops) {
    const [modality, id] = [key.slice(0, key.indexOf(' ')) as Modality, key.slice(key.indexOf(' ') + 1)];
    const numbers = [...files.keys()].sort((a, b) => a - b);
    const gap = numbers.findIndex((crop, i) => crop !== i);
    if (gap >= 0) {
      const message = `${files.get(numbers[gap]!)} is there, but not crop ${gap}; its picture takes no part`;
      problems.push(problemOf('missing-crop', id, message));
    }
    index.files[modality].set(id, gap >= 0 ? [] : numbers.map((crop) => files.get(crop)!));
  }
  checkCropCounts(index, problems);
  return index;
}

/** The last crop that is absent shows only beside the other videos. */
function checkCropCounts({ files: { visual } }: FeatureIndex, problems: DatasetProblem[]): void {
  const usual = Math.max(0, ...new Set([...visual.values()].map(({ length }) => length)));
  for (const [id, { length }] of visual) {
    if (length === usual || length <= 1) continue;
    problems.push(problemOf('missing-crop', id, `has ${length} crops where other videos have ${usual}`));
  }
}

/** True if there are features of any video. */
export function hasFeatures({ files }: FeatureIndex): boolean {
  return files.visual.size + files.audio.size > 0;
}

/** A video whose features were opened. */
export interface OpenedVideo {
  entry: CatalogEntry;
  video: ValidationVideo;
  /** T of both modalities. */
  length: number;
}

/**
 * Opens the features of each entry: headers are read, nothing else. The longer of two modalities is cut. A video without
 * any is left out.
 * @throws ABORTED
 */
export async function openFeatures(
  entries: readonly CatalogEntry[],
  index: FeatureIndex,
  problems: DatasetProblem[],
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: OnProgress | undefined } = {},
): Promise<OpenedVideo[]> {
  const present = (['visual', 'audio'] as const).filter((modality) => index.files[modality].size > 0);
  let done = 0;
  const opened = await mapConcurrent(
    entries,
    FILES_AT_A_TIME,
    async (entry): Promise<OpenedVideo | undefined> => {
      onProgress?.({ done: ++done, total: entries.length });
      const { id, label } = entry;
      const features: Partial<Record<Modality, StoredFeatures>> = {};
      const absent: Modality[] = [];
      for (const modality of present) {
        const stored = await openOne(id, modality, index, problems);
        if (stored) features[modality] = stored;
        else if (!index.files[modality].has(id)) absent.push(modality);
      }
      const any = features.visual ?? features.audio;
      for (const modality of absent) {
        problems.push(problemOf('missing-features', id, `has no ${modality} features`, { skipped: !any }));
      }
      if (!any) return undefined;
      const length = await cutLonger(id, features, index, problems);
      return { entry, video: { id, label, ...features }, length };
    },
    signal,
  );
  return opened.filter((video) => video !== undefined);
}

async function openOne(
  id: string,
  modality: Modality,
  { root, files }: FeatureIndex,
  problems: DatasetProblem[],
  length?: number,
): Promise<StoredFeatures | undefined> {
  const paths = (files[modality].get(id) ?? []).map((path) => join(root, path));
  if (paths.length === 0) return undefined;
  try {
    return await storedFeatures(paths, { modality, ...(length === undefined ? {} : { length }) });
  } catch (error) {
    if (!RobustaError.isInstance(error) || error.code === 'ABORTED') throw error;
    problems.push(problemOf('bad-features', id, error.message, { code: error.code }));
    return undefined;
  }
}

async function cutLonger(
  id: string,
  features: Partial<Record<Modality, StoredFeatures>>,
  index: FeatureIndex,
  problems: DatasetProblem[],
): Promise<number> {
  const { visual, audio } = features;
  if (!visual || !audio) return (visual ?? audio)!.length;
  const length = Math.min(visual.length, audio.length);
  if (visual.length === audio.length) return length;
  if (Math.abs(visual.length - audio.length) > 1) {
    const message = `${visual.length} visual but ${audio.length} audio rows; both are cut to ${length}`;
    problems.push(problemOf('lengths-differ', id, message));
  }
  const longer = visual.length > length ? 'visual' : 'audio';
  const cut = await openOne(id, longer, index, problems, length);
  if (cut) features[longer] = cut;
  return length;
}

/** A label for each frame of the rows of a test video, or undefined where no annotated stretch lies in them. */
export function rowLabels({ entry, length }: OpenedVideo): Uint8Array | undefined {
  const frames = length * SNIPPET_FRAMES;
  const whole = entry.intervals.map((interval) => toGrid(interval, entry.rate ?? GRID_FPS));
  const intervals = clampIntervals(mergeIntervals(whole), frames);
  if (entry.label === 1 && intervals.length === 0) return undefined;
  return snippetFrameLabels({ frames, snippets: length, intervals });
}

/** Ids of all videos with features, ascending. */
export function featureIds({ files }: FeatureIndex): string[] {
  return [...new Set([...files.visual.keys(), ...files.audio.keys()])].sort(byCodeUnit);
}
