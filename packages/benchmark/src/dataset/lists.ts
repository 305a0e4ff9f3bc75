import type { DatasetProblem, VideoRecord } from './model.js';
import { problemOf } from './rules.js';
import { baseName } from './xd-names.js';

type Split = VideoRecord['split'];

/** A list of videos, one name or path a line. */
export interface VideoList {
  file: string;
  /** Each once, in the order of the file. */
  ids: string[];
}

/**
 * `rgb.list`, `audio_test.list`, `train-videos.txt` and the like. Lists of optical flow are none of ours, and a `train.txt`
 * may be anything.
 */
const listName =
  /^(?:(?:rgb|audio)(_test)?\.list|(train|test)(?:ing)?(?:[-_]?(?:videos?|list)\.txt|(?:[-_]?videos?)?\.list))$/i;
const extension = /\.(?:mp4|m4v|mkv|avi|mov|webm|npy)$/i;

/** Which split a file lists, by its name; undefined for other files. */
export function splitOfList(path: string): Split | undefined {
  const match = listName.exec(baseName(path));
  if (!match) return undefined;
  return match[1] || match[2]?.toLowerCase() === 'test' ? 'test' : 'train';
}

/**
 * Reads a list: only the last part of a path counts, as folders are those of another machine; of a feature file the
 * name of its video. The five lines of the crops of a video are one.
 */
export function parseVideoList(text: string, file: string, problems: DatasetProblem[]): VideoList {
  const seen = new Map<string, number>();
  const ids = new Set<string>();
  const lines = text.split(/\r?\n/).map((line) => baseName(line.trim()));
  const bare = !lines.every((name) => name === '' || extension.test(name));
  for (const [index, name] of lines.entries()) {
    if (name === '') continue;
    const id = idOfFile(name);
    const first = seen.get(name);
    if (first !== undefined) {
      problems.push(problemOf('listed-twice', id, `${file}:${index + 1}: is on line ${first} already`));
    } else seen.set(name, index + 1);
    if (bare && extension.test(name)) {
      problems.push(problemOf('stray-extension', id, `${file}:${index + 1}: ${name}`));
    }
    ids.add(id);
  }
  return { file, ids: [...ids] };
}

/** The video of a video or feature file. */
export function idOfFile(name: string): string {
  const base = name.replace(extension, '');
  return name.toLowerCase().endsWith('.npy') ? base.replace(/__(?:\d{1,2}|vggish)$/, '') : base;
}

/** The first list of a split, compared with the others of it. */
export function mergeLists(lists: readonly VideoList[], problems: DatasetProblem[]): VideoList | undefined {
  const [first, ...others] = lists;
  if (!first) return undefined;
  const known = new Set(first.ids);
  for (const { file, ids } of others) {
    const own = new Set(ids);
    const report = (id: string, inside: string, outside: string) =>
      problems.push(problemOf('lists-differ', id, `is in ${inside}, but not in ${outside}`));
    for (const id of first.ids) if (!own.has(id)) report(id, first.file, file);
    for (const id of ids) if (!known.has(id)) report(id, file, first.file);
  }
  return first;
}
