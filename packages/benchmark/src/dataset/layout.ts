import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, RobustaError, throwIfAborted } from '@robusta/core';

/** A video file of a dataset folder. */
export interface FoundVideo {
  id: string;
  /** Relative to the root, with forward slashes. */
  path: string;
  split: 'train' | 'test';
}

/** What a dataset folder holds. */
export interface Layout {
  /** Ascending by path. */
  videos: FoundVideo[];
  /** Annotation file relative to the root; the one nearest to the root. */
  annotations: string | undefined;
}

const deepest = 5;
const videoFile = /\.(mp4|m4v|mkv|avi|mov|webm)$/i;
const trainFolder = /^(train|training|train[_-]?videos?|videos?[_-]?train(ing)?|\d+-\d+)$/i;
const testFolder = /^(test|testing|test[_-]?videos?|videos?[_-]?test(ing)?)$/i;

/**
 * Finds the videos below `root` and which split each belongs to: the innermost folder named like a split decides
 * (`train`, `training`, `test_videos`, …; `1-1004` and the like are the training archives of XD-Violence). Where all
 * training videos are known so, the others (XD-Violence's test archive unpacks to `videos/`) are the test videos.
 * @throws BAD_DATASET if there are no videos, or one split is missing; FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function findLayout(root: string, signal?: AbortSignal): Promise<Layout> {
  const files = (await listFiles(root, '', 0, signal)).sort((a, b) => (a < b ? -1 : 1));
  const annotations = files
    .filter((path) => /(^|\/)annotations\.txt$/i.test(path))
    .sort((a, b) => a.split('/').length - b.split('/').length)[0];
  const paths = files.filter((path) => videoFile.test(path));
  const named = paths.map(splitOf);
  const rest = named.includes('train') && !named.includes('test') ? 'test' : undefined;
  const splits = named.map((split) => split ?? rest);
  const undecided = splits.indexOf(undefined);
  const problem =
    paths.length === 0
      ? 'no videos in it'
      : undecided >= 0
        ? `${paths[undecided]} is neither in a training nor in a test folder`
        : !splits.includes('train')
          ? 'no training videos in it'
          : !splits.includes('test')
            ? 'no test videos in it'
            : undefined;
  if (problem) {
    throw new RobustaError('BAD_DATASET', `${root} is not a dataset laid out as XD-Violence is: ${problem}`, {
      hint: 'expected videos/train/*.mp4, videos/test/*.mp4 and annotations.txt, or the folders of the published archives',
      details: { root },
    });
  }
  return { videos: paths.map((path, i) => ({ id: idOf(path), path, split: splits[i]! })), annotations };
}

function idOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(videoFile, '');
}

function splitOf(path: string): 'train' | 'test' | undefined {
  for (const folder of path.split('/').slice(0, -1).reverse()) {
    if (testFolder.test(folder)) return 'test';
    if (trainFolder.test(folder)) return 'train';
  }
  return undefined;
}

async function listFiles(
  root: string,
  below: string,
  depth: number,
  signal?: AbortSignal,
): Promise<string[]> {
  throwIfAborted(signal);
  const folder = join(root, below);
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const nested = await Promise.all(
      entries.map(async (entry) => {
        if (entry.name.startsWith('.')) return [];
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        const target = entry.isSymbolicLink() ? await stat(join(root, path)).catch(() => undefined) : entry;
        // A dangling link is listed, so that it is reported as a video that cannot be read.
        if (!target?.isDirectory()) return [path];
        return depth < deepest ? listFiles(root, path, depth + 1, signal) : [];
      }),
    );
    return nested.flat();
  } catch (error) {
    throw fileError(error, folder);
  }
}
