import { basename, join, resolve } from 'node:path';
import { RobustaError, throwIfAborted } from '@robusta/core';
import { byVideo } from './annotated-videos.js';
import { type AnnotationLine, parseXdAnnotations } from './annotations.js';
import { type Catalog, type CatalogEntry, countAnnotated, inSplitOrder } from './catalog.js';
import { type FeatureIndex, featureIds, hasFeatures, indexFeatures } from './feature-index.js';
import { firstOfEach, isVideo, listFiles, nearest, readText } from './layout.js';
import { mergeLists, parseVideoList, splitOfList, type VideoList } from './lists.js';
import { type DatasetProblem, GRID_FPS } from './model.js';
import { checkNames } from './parts.js';
import { problemOf } from './rules.js';
import { labelOfName, parseXdName } from './xd-names.js';
import {
  checkListed,
  EXPECTED_LAYOUT,
  type FoundVideo,
  type Lists,
  type Split,
  splitVideos,
} from './xd-splits.js';

/** Where the parts of a dataset laid out as XD-Violence is lie. */
export interface XdPlaces {
  /** Folder of the videos. */
  root: string;
  /** Folder of the annotations and lists. Default: the root. */
  lists?: string | undefined;
  /** Folder of published features; `true`: the root; `false`: none. Default: the root, where it has no videos. */
  features?: string | boolean | undefined;
  name?: string | undefined;
}

/**
 * Finds out what a dataset laid out as XD-Violence is consists of, by names alone. A list decides what belongs to a
 * split; without lists the innermost folder named like one does (`train`, `test_videos`, `1-1004`, `RGBTest`, …), and
 * where all training videos are known so, the others (the test archive unpacks to `videos/`) are the test videos.
 * @throws BAD_DATASET if there is nothing, no annotations, or one split is missing; BAD_ANNOTATION naming file and line;
 *   FILE_NOT_FOUND, FILE_UNREADABLE; ABORTED
 */
export async function readXdCatalog(places: XdPlaces, signal?: AbortSignal): Promise<Catalog> {
  throwIfAborted(signal);
  const root = resolve(places.root);
  const files = await listFiles(root, signal);
  const listRoot = places.lists === undefined ? root : resolve(places.lists);
  const texts = listRoot === root ? files : await listFiles(listRoot, signal);
  const problems: DatasetProblem[] = [];

  const annotations = nearest(texts, /^annotations\.txt$/i);
  if (annotations === undefined) {
    throw new RobustaError('BAD_DATASET', `${listRoot} has no annotations.txt`, {
      hint: EXPECTED_LAYOUT,
      details: { root: listRoot },
    });
  }
  const file = join(listRoot, annotations);
  const lines = byVideo(parseXdAnnotations(await readText(file), file), file, problems);
  const lists = await readLists(listRoot, texts, problems);
  const features = await findFeatures(places, { root, files, problems }, signal);
  const withVideo = firstOfEach(files.filter(isVideo), problems);
  const withFeatures = new Map<string, FoundVideo>(
    features && featureIds(features).map((id) => [id, { path: id, split: features.splits.get(id) }]),
  );
  const hasVideos = withVideo.size > 0;
  const splits = hasVideos
    ? splitVideos(root, withVideo, lists, 'videos')
    : splitVideos(features?.root ?? root, withFeatures, lists, 'features');
  checkListed(splits, withVideo, 'unlisted-media', problems);
  checkListed(splits, withFeatures, 'unlisted-features', problems);
  checkAnnotated(lines, splits, lists, { annotations, root }, hasVideos || features !== undefined, problems);
  const idsOf = (split: Split) => [...splits].flatMap(([id, own]) => (own === split ? [id] : []));
  checkNames({ train: lists.train?.ids ?? idsOf('train'), test: lists.test?.ids ?? idsOf('test') }, problems);

  const entries: CatalogEntry[] = [];
  for (const [id, split] of splits) {
    const entry = entryOf({ id, split }, withVideo.get(id)?.path, lines.get(id), annotations, problems);
    if (entry) entries.push(entry);
  }
  return {
    name: places.name ?? basename(root),
    root,
    entries: inSplitOrder(entries),
    problems,
    fps: GRID_FPS,
    audible: true,
    ...(features ? { features } : {}),
    hasVideos,
    annotated: countAnnotated(lines.values()),
  };
}

async function findFeatures(
  { features }: XdPlaces,
  { root, files, problems }: { root: string; files: readonly string[]; problems: DatasetProblem[] },
  signal: AbortSignal | undefined,
): Promise<FeatureIndex | undefined> {
  if (features === false || (features === undefined && files.some(isVideo))) return undefined;
  const folder = typeof features === 'string' ? resolve(features) : root;
  const index = indexFeatures(folder, folder === root ? files : await listFiles(folder, signal), problems);
  if (hasFeatures(index)) return index;
  if (features === undefined) return undefined;
  throw new RobustaError('BAD_DATASET', `${folder} has no features (.npy)`, { details: { path: folder } });
}

async function readLists(root: string, files: readonly string[], problems: DatasetProblem[]): Promise<Lists> {
  const read: Record<Split, VideoList[]> = { train: [], test: [] };
  for (const path of files) {
    const split = splitOfList(path);
    if (!split) continue;
    const file = join(root, path);
    read[split].push(parseVideoList(await readText(file), file, problems));
  }
  const [train, test] = [mergeLists(read.train, problems), mergeLists(read.test, problems)];
  return { ...(train ? { train } : {}), ...(test ? { test } : {}) };
}

/** The entry of a video, or undefined where its name does not tell its label. */
function entryOf(
  { id, split }: Pick<CatalogEntry, 'id' | 'split'>,
  path: string | undefined,
  line: AnnotationLine | undefined,
  annotations: string,
  problems: DatasetProblem[],
): CatalogEntry | undefined {
  const label = labelOfName(id);
  if (label === undefined) {
    const message =
      'the name does not end with a label: _label_A for normal, _label_B1-0-0 and the like for others';
    problems.push(problemOf('no-label', id, message, { skipped: true }));
    return undefined;
  }
  if (label === 0 && line?.intervals.length) {
    const message = `annotated as anomalous (${annotations}:${line.line}) although its name says normal (_label_A); the annotation is ignored`;
    problems.push(problemOf('annotated-normal', id, message));
  }
  const range = parseXdName(id)?.range;
  return {
    id,
    split,
    label,
    intervals: label === 1 ? (line?.intervals ?? []) : [],
    ...(path === undefined ? {} : { path }),
    ...(range ? { seconds: range[1] - range[0] } : {}),
  };
}

function checkAnnotated(
  lines: ReadonlyMap<string, AnnotationLine>,
  splits: ReadonlyMap<string, Split>,
  lists: Lists,
  { annotations, root }: { annotations: string; root: string },
  hasFiles: boolean,
  problems: DatasetProblem[],
): void {
  const listed = lists.test && new Set(lists.test.ids);
  for (const [id, { line }] of lines) {
    const where = `${annotations}:${line} annotates`;
    if (listed && !listed.has(id)) {
      problems.push(
        problemOf('annotated-unlisted', id, `${where} a video that is not in ${lists.test!.file}`),
      );
    } else if (!splits.has(id) && hasFiles) {
      problems.push(
        problemOf('missing-media', id, `${where} a video that is not in ${root}`, { skipped: true }),
      );
    }
  }
}
