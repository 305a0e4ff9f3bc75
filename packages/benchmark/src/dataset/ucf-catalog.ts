import { basename, join, resolve } from 'node:path';
import { RobustaError, throwIfAborted } from '@robusta/core';
import { byVideo } from './annotated-videos.js';
import { parseUcfAnnotations, type UcfAnnotationLine } from './annotations.js';
import { type Catalog, type CatalogEntry, countAnnotated, inSplitOrder } from './catalog.js';
import { isVideo, listFiles, nearest, readText } from './layout.js';
import { idOfFile } from './lists.js';
import type { DatasetProblem } from './model.js';
import { problemOf } from './rules.js';
import { baseName } from './xd-names.js';

/** Rate that UCF-Crime's videos have and its annotations count. */
export const UCF_FPS = 30;

/** Where the parts of UCF-Crime lie. */
export interface UcfPlaces {
  /** Folder of the videos. */
  root: string;
  /** Folder of the annotations and of `Anomaly_Test.txt`. Default: the root. */
  lists?: string | undefined;
  name?: string | undefined;
}

/** A list of UCF-Crime: `Class/Name_x264.mp4` by id. */
interface UcfList {
  file: string;
  paths: Map<string, string>;
}

/**
 * Finds out what the test set of UCF-Crime consists of: the annotated videos, compared with `Anomaly_Test.txt` where it
 * is there. Videos of the training set are passed over.
 * @throws BAD_DATASET without annotations; BAD_ANNOTATION naming file and line; FILE_NOT_FOUND, FILE_UNREADABLE; ABORTED
 */
export async function readUcfCatalog(places: UcfPlaces, signal?: AbortSignal): Promise<Catalog> {
  throwIfAborted(signal);
  const root = resolve(places.root);
  const files = await listFiles(root, signal);
  const listRoot = places.lists === undefined ? root : resolve(places.lists);
  const texts = listRoot === root ? files : await listFiles(listRoot, signal);
  const problems: DatasetProblem[] = [];

  const annotations = nearest(texts, /^Temporal_Anomaly_Annotation.*\.txt$/i);
  if (annotations === undefined) {
    throw new RobustaError('BAD_DATASET', `${listRoot} has no Temporal_Anomaly_Annotation.txt`, {
      hint: 'put the temporal annotations of the test videos of UCF-Crime into the folder',
      details: { root: listRoot },
    });
  }
  const lines = await readLines(join(listRoot, annotations), problems);
  const test = await readList(listRoot, nearest(texts, /^Anomaly_Test\.txt$/i), problems);
  const train = await readList(listRoot, nearest(texts, /^Anomaly_Train\.txt$/i), problems);
  const videos = files.filter(isVideo);
  const found = findVideos(videos, lines, test, problems);

  const entries: CatalogEntry[] = [];
  for (const [id, { category, intervals, line }] of lines) {
    const where = `${annotations}:${line}`;
    const path = found.get(id);
    const label = category === 'Normal' ? 0 : 1;
    checkClass(id, category, test?.paths.get(id), where, problems);
    if (test && !test.paths.has(id)) {
      problems.push(
        problemOf('annotated-unlisted', id, `${where} annotates a video that is not in ${test.file}`),
      );
    }
    if (train?.paths.has(id)) {
      problems.push(problemOf('in-both-splits', id, `is annotated for testing and listed in ${train.file}`));
    }
    if (label === 0 && intervals.length > 0) {
      problems.push(
        problemOf('annotated-normal', id, `${where} gives a stretch of a normal video; it is ignored`),
      );
    }
    entries.push({
      id,
      split: 'test',
      label,
      intervals: label === 1 ? intervals : [],
      rate: UCF_FPS,
      modalities: ['visual'],
      ...(path === undefined ? {} : { path }),
    });
  }
  for (const id of test?.paths.keys() ?? []) {
    if (lines.has(id)) continue;
    problems.push(
      problemOf('not-annotated', id, `${test!.file} lists it, but ${annotations} does not`, {
        skipped: true,
      }),
    );
  }
  return {
    name: places.name ?? basename(root),
    root,
    entries: inSplitOrder(entries),
    problems,
    fps: UCF_FPS,
    audible: false,
    hasVideos: videos.length > 0,
    annotated: countAnnotated(entries),
  };
}

async function readLines(file: string, problems: DatasetProblem[]): Promise<Map<string, UcfAnnotationLine>> {
  const all = parseUcfAnnotations(await readText(file), file);
  return byVideo(all, file, problems, {
    bareNames: all.some(({ extension }) => extension === undefined),
  });
}

async function readList(
  root: string,
  path: string | undefined,
  problems: DatasetProblem[],
): Promise<UcfList | undefined> {
  if (path === undefined) return undefined;
  const file = join(root, path);
  const paths = new Map<string, string>();
  for (const [index, content] of (await readText(file)).split(/\r?\n/).entries()) {
    const listed = content.trim().replaceAll('\\', '/');
    if (listed === '') continue;
    const id = idOfFile(baseName(listed));
    if (!paths.has(id)) paths.set(id, listed);
    else problems.push(problemOf('listed-twice', id, `${file}:${index + 1}: is on an earlier line already`));
  }
  return { file, paths };
}

/** The file of each annotated video; of several, as UCF-Crime has them, the one that the list means. */
function findVideos(
  videos: readonly string[],
  lines: ReadonlyMap<string, UcfAnnotationLine>,
  list: UcfList | undefined,
  problems: DatasetProblem[],
): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of videos) {
    const id = idOfFile(baseName(path));
    if (!lines.has(id)) continue;
    const first = found.get(id);
    if (first === undefined) {
      found.set(id, path);
      continue;
    }
    const listed = `/${list?.paths.get(id) ?? ''}`;
    const meant = [path, first].filter((candidate) => `/${candidate}`.endsWith(listed));
    if (meant.length === 1) found.set(id, meant[0]!);
    else
      problems.push(
        problemOf('duplicate-media', id, `${path} has the name of ${first}; only the latter takes part`),
      );
  }
  return found;
}

/** The class stands in the annotation, in the name and in the list. */
function checkClass(
  id: string,
  category: string,
  listed: string | undefined,
  where: string,
  problems: DatasetProblem[],
): void {
  const named = /^([A-Za-z]+)/.exec(id)?.[1] ?? '';
  const folder = listed?.split('/').at(-2);
  const folderSays = folder === undefined ? undefined : /normal/i.test(folder) ? 'Normal' : folder;
  for (const other of [named, folderSays]) {
    if (other === undefined || other === category) continue;
    problems.push(problemOf('class-differs', id, `${where} says ${category}, its name or list ${other}`));
  }
}
