import type { DatasetProblem } from './model.js';
import { problemOf } from './rules.js';

/** What the lines of every kind of annotation file have. */
interface Line {
  video: string;
  line: number;
  extension?: string;
}

/**
 * The lines of an annotation file by video. A second line of a video, and a name with an extension where names have
 * none, are reported.
 */
export function byVideo<L extends Line>(
  all: readonly L[],
  file: string,
  problems: DatasetProblem[],
  { bareNames = true }: { bareNames?: boolean } = {},
): Map<string, L> {
  const lines = new Map<string, L>();
  for (const line of all) {
    const { video, extension } = line;
    const where = `${file}:${line.line}`;
    if (bareNames && extension) {
      problems.push(problemOf('stray-extension', video, `${where}: the name ends with ${extension}`));
    }
    const first = lines.get(video);
    if (!first) lines.set(video, line);
    else {
      const message = `${where} annotates the video of line ${first.line} again; the first line counts`;
      problems.push(problemOf('annotated-twice', video, message));
    }
  }
  return lines;
}
