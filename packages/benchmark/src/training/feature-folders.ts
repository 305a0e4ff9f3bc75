import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, type Modality, RobustaError, throwIfAborted } from '@robusta/core';
import { type StoredFeatures, storedFeatures, type ValidationVideo } from '@robusta/detector';
import { parseXdAnnotations } from '../dataset/annotations.js';
import { FILES_AT_A_TIME, mapConcurrent } from '../dataset/concurrent.js';
import { clampIntervals, mergeIntervals } from '../dataset/intervals.js';
import type { DatasetProblem } from '../dataset/model.js';
import { byCodeUnit } from '../dataset/rules.js';
import { labelOfName } from '../dataset/xd-names.js';
import { SNIPPET_FRAMES, snippetFrameLabels } from '../run/evaluate.js';

/** Where the features of a set of videos lie; at least one of the two folders. */
export interface FeatureFolders {
  /** Folder of `<video>__<crop>.npy` `[T, D]`, or of `<video>.npy` `[T, D]` or `[T, crops, D]`. */
  visual?: string | undefined;
  /** Folder of `<video>__vggish.npy` or `<video>.npy` `[T, D]`. */
  audio?: string | undefined;
  /** File that names the videos to take, one path a line; only the last part of a path counts. Default: all. */
  list?: string | undefined;
  /** `annotations.txt` of XD-Violence: gives the frames of the videos labels. */
  annotations?: string | undefined;
}

/** Videos whose features stay on disk, and what is odd about them. */
export interface FeatureSet {
  /** In the order of the list; without one by name. */
  videos: ValidationVideo[];
  problems: DatasetProblem[];
}

/** A video's files, by crop. */
type Stems = Map<string, string[]>;

const suffixes: Record<Modality, RegExp> = { visual: /__(\d{1,2})$/, audio: /__(vggish)$/ };

/**
 * Opens feature files named as those of XD-Violence: `<title>_label_A__0.npy` to `__4.npy` are the crops of a normal
 * video, `<title>_label_B1-0-0__vggish.npy` the sound of an anomalous one. Modalities are joined by name. Only headers
 * are read. Where picture and sound differ in length, the longer is cut (a difference of more than one snippet is
 * listed in `problems`).
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE; BAD_DATASET for a folder without features, a name without a label or a crop
 *   that is absent; MISSING_VIDEO for a video of the list, MISSING_MODALITY for one that only one folder has; BAD_ANNOTATION;
 *   BAD_FORMAT, TRUNCATED, LENGTH_MISMATCH, FEATURE_MISMATCH naming the feature file; ABORTED
 */
export async function loadFeatureFolders(
  { visual, audio, list, annotations }: FeatureFolders,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<FeatureSet> {
  if (visual === undefined && audio === undefined) {
    throw new RobustaError('BAD_OPTION', 'loadFeatureFolders: neither a visual nor an audio folder is given');
  }
  const found = {
    ...(visual === undefined ? {} : { visual: await findFiles(visual, 'visual') }),
    ...(audio === undefined ? {} : { audio: await findFiles(audio, 'audio') }),
  };
  const folders = { visual, audio };
  const all = [...new Set(Object.values(found).flatMap((stems) => [...stems.keys()]))].sort(byCodeUnit);
  const ids = list === undefined ? all : await readList(list, all);
  for (const id of ids) {
    for (const modality of Object.keys(found) as Modality[]) {
      if (!found[modality]!.has(id)) {
        throw new RobustaError(
          'MISSING_MODALITY',
          `${id} has no ${modality} features in ${folders[modality]}`,
          {
            hint: 'extract them, or name the videos to take with a list',
          },
        );
      }
    }
  }
  const intervals = annotations === undefined ? undefined : await readIntervals(annotations);
  const problems: DatasetProblem[] = [];
  const videos = await mapConcurrent(
    ids,
    FILES_AT_A_TIME,
    async (id): Promise<ValidationVideo> => {
      throwIfAborted(signal);
      const features = await openBoth(id, found, problems);
      // Files whose names tell none were refused.
      const label = labelOfName(id)!;
      if (!intervals) return { id, label, ...features };
      const own = label === 1 ? intervals.get(id) : [];
      if (!own) {
        throw new RobustaError(
          'BAD_ANNOTATION',
          `${annotations}: has no line for the anomalous video ${id}`,
          {
            hint: 'take another list of videos, or measure without annotations',
          },
        );
      }
      const snippets = (features.visual ?? features.audio)!.length;
      const frames = snippets * SNIPPET_FRAMES;
      const labels = snippetFrameLabels({
        frames,
        snippets,
        intervals: clampIntervals(mergeIntervals(own), frames),
      });
      return { id, label, ...features, labels };
    },
    signal,
  );
  // Files are opened in an order that depends on the disk.
  problems.sort((a, b) => byCodeUnit(a.video, b.video));
  return { videos, problems };
}

/** The files of each video in a folder. */
async function findFiles(folder: string, modality: Modality): Promise<Stems> {
  const names = await readdir(folder).catch((error) => {
    throw fileError(error, folder);
  });
  const stems = new Map<string, { crop: number; path: string }[]>();
  for (const name of names.filter((file) => file.endsWith('.npy')).sort(byCodeUnit)) {
    const base = name.slice(0, -'.npy'.length);
    // Files of both modalities may lie in one folder.
    if (suffixes[modality === 'visual' ? 'audio' : 'visual'].test(base)) continue;
    const suffix = suffixes[modality].exec(base);
    const stem = suffix ? base.slice(0, suffix.index) : base;
    const path = join(folder, name);
    if (labelOfName(stem) === undefined) {
      throw new RobustaError(
        'BAD_DATASET',
        `${path}: the name does not tell whether the video is anomalous`,
        {
          hint: 'names are <title>_label_A for normal videos, <title>_label_B1-0-0 and the like for others, then __<crop> or __vggish',
          details: { path },
        },
      );
    }
    const crop = suffix && modality === 'visual' ? Number(suffix[1]) : 0;
    stems.set(stem, [...(stems.get(stem) ?? []), { crop, path }]);
  }
  if (stems.size === 0) {
    throw new RobustaError('BAD_DATASET', `${folder}: has no ${modality} features (.npy)`, {
      details: { path: folder },
    });
  }
  return new Map([...stems].map(([stem, files]) => [stem, inOrder(stem, files)]));
}

function inOrder(stem: string, files: { crop: number; path: string }[]): string[] {
  files.sort((a, b) => a.crop - b.crop);
  files.forEach(({ crop, path }, index) => {
    if (crop === index) return;
    const problem =
      crop < index ? `is crop ${crop} of ${stem} once more` : `is there, but not crop ${index} of ${stem}`;
    throw new RobustaError('BAD_DATASET', `${path}: ${problem}`, { details: { path } });
  });
  return files.map(({ path }) => path);
}

/** The videos that a list names, each once, in its order. */
async function readList(file: string, known: readonly string[]): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw fileError(error, file);
  });
  const all = new Set(known);
  const ids = text.split(/\r?\n/).flatMap((line, index) => {
    const name = line.trim().split(/[/\\]/).at(-1)!;
    if (name === '') return [];
    const base = name.replace(/\.npy$/, '');
    const id = [base, base.replace(suffixes.visual, ''), base.replace(suffixes.audio, '')].find((stem) =>
      all.has(stem),
    );
    if (id !== undefined) return [id];
    throw new RobustaError('MISSING_VIDEO', `${file}:${index + 1}: there are no features of ${name}`, {
      hint: 'extract them, or take the line out',
      details: { file, line: index + 1 },
    });
  });
  if (ids.length === 0) throw new RobustaError('BAD_DATASET', `${file}: names no videos`);
  return [...new Set(ids)];
}

async function readIntervals(file: string): Promise<Map<string, [number, number][]>> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw fileError(error, file);
  });
  // The first line of a video counts, so it is set last.
  return new Map(
    parseXdAnnotations(text, file)
      .reverse()
      .map(({ video, intervals }) => [video, intervals]),
  );
}

async function openBoth(
  id: string,
  found: Partial<Record<Modality, Stems>>,
  problems: DatasetProblem[],
): Promise<Partial<Record<Modality, StoredFeatures>>> {
  const open = async (modality: Modality, length?: number) =>
    storedFeatures(found[modality]!.get(id)!, { modality, ...(length === undefined ? {} : { length }) });
  const features: Partial<Record<Modality, StoredFeatures>> = {};
  for (const modality of Object.keys(found) as Modality[]) features[modality] = await open(modality);
  const { visual, audio } = features;
  if (!visual || !audio || visual.length === audio.length) return features;
  const length = Math.min(visual.length, audio.length);
  if (Math.abs(visual.length - audio.length) > 1) {
    const message = `${visual.length} visual but ${audio.length} audio snippets; both are cut to ${length}`;
    problems.push({ video: id, code: 'LENGTH_MISMATCH', message, skipped: false });
  }
  const longer = visual.length > length ? 'visual' : 'audio';
  return { ...features, [longer]: await open(longer, length) };
}
