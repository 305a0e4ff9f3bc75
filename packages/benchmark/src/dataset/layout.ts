import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, throwIfAborted } from '@robusta/core';
import { idOfFile } from './lists.js';
import type { DatasetProblem, VideoRecord } from './model.js';
import { byCodeUnit, problemOf } from './rules.js';
import { baseName } from './xd-names.js';

type Split = VideoRecord['split'];

const deepest = 5;
const videoFile = /\.(mp4|m4v|mkv|avi|mov|webm)$/i;
const trainFolder = /^(train|training|train[_-]?videos?|videos?[_-]?train(ing)?|\d+-\d+)$/i;
const testFolder = /^(test|testing|test[_-]?videos?|videos?[_-]?test(ing)?)$/i;

/** True for the name of a video file. */
export function isVideo(path: string): boolean {
  return videoFile.test(path);
}

/** The split that the innermost folder named like one says: `1-1004` and the like are XD-Violence's training archives. */
export function splitOfFolder(path: string): Split | undefined {
  for (const folder of path.split('/').slice(0, -1).reverse()) {
    if (testFolder.test(folder)) return 'test';
    if (trainFolder.test(folder)) return 'train';
  }
  return undefined;
}

/**
 * All files below a folder, at most five folders deep, hidden ones left out: relative, with forward slashes, ascending.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, ABORTED
 */
export async function listFiles(root: string, signal?: AbortSignal): Promise<string[]> {
  return (await listBelow(root, '', 0, signal)).sort(byCodeUnit);
}

/** The file of a name that is nearest to the root. */
export function nearest(files: readonly string[], name: RegExp): string | undefined {
  const depth = (path: string) => path.split('/').length;
  return files.filter((path) => name.test(baseName(path))).sort((a, b) => depth(a) - depth(b))[0];
}

/** @throws FILE_NOT_FOUND, FILE_UNREADABLE */
export async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error) => {
    throw fileError(error, file);
  });
}

/** The first file of each video, by id, with what its folder says of the split. */
export function firstOfEach(
  paths: readonly string[],
  problems: DatasetProblem[],
): Map<string, { path: string; split: Split | undefined }> {
  const found = new Map<string, { path: string; split: Split | undefined }>();
  for (const path of paths) {
    const id = idOfFile(baseName(path));
    const first = found.get(id);
    if (!first) found.set(id, { path, split: splitOfFolder(path) });
    else {
      const message = `${path} has the name of ${first.path}; only the latter takes part`;
      problems.push(problemOf('duplicate-media', id, message));
    }
  }
  return found;
}

async function listBelow(
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
        return depth < deepest ? listBelow(root, path, depth + 1, signal) : [];
      }),
    );
    return nested.flat();
  } catch (error) {
    throw fileError(error, folder);
  }
}
