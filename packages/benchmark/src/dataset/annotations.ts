import { RobustaError } from '@robusta/core';

/** One line of an annotation file. */
export interface AnnotationLine {
  /** Id of the video: a stray `.mp4` is removed. */
  video: string;
  /** `[start, end)` pairs in frames of the file, as written. */
  intervals: [start: number, end: number][];
  /** Line in the file, from 1. */
  line: number;
  /** The file extension that was removed from the name, where it had one. */
  extension?: string;
}

/** One line of UCF-Crime's annotations. */
export interface UcfAnnotationLine extends AnnotationLine {
  /** `Normal`, `Abuse`, `Arson` and so on. */
  category: string;
}

const xdExample =
  'a line is a video name and pairs of start and end frame, e.g. "film__#1_label_B1-0-0 24 72 120 168"';
const ucfExample =
  'a line is a video name, a class and two pairs of start and end frame, -1 for none, e.g. "Abuse028_x264 Abuse 165 240 -1 -1"';

/**
 * Parses XD-Violence's `annotations.txt`: a name, then start and end frame of each anomalous stretch.
 * @param text - content of the file; empty lines are passed over
 * @param file - name of the file, for messages
 * @throws BAD_ANNOTATION with file, line and text: an odd number of frames, a frame that is no non-negative
 *   integer, a start that is not before its end
 */
export function parseXdAnnotations(text: string, file: string): AnnotationLine[] {
  return linesOf(text).map(({ content, line, words: [name, ...frames] }) => {
    const fail = failure(file, line, content, xdExample);
    const intervals = pairsOf(frames, fail).map((pair) => intervalOf(pair, fail));
    return { ...named(name!), intervals, line };
  });
}

/**
 * Parses UCF-Crime's `Temporal_Anomaly_Annotation.txt`: a name, a class, then start and end frame of each anomalous
 * stretch, `-1 -1` where there is none. Frames are those of 30 a second.
 * @param text - content of the file; empty lines are passed over
 * @param file - name of the file, for messages
 * @throws BAD_ANNOTATION with file, line and text: no class, an odd number of frames, a frame that is neither -1 nor a
 *   non-negative integer, a start that is not before its end
 */
export function parseUcfAnnotations(text: string, file: string): UcfAnnotationLine[] {
  return linesOf(text).map(({ content, line, words: [name, category, ...frames] }) => {
    const fail = failure(file, line, content, ucfExample);
    if (category === undefined || !/^[A-Za-z]/.test(category)) fail('no class after the name');
    const pairs = pairsOf(frames, fail).filter(([start, end]) => start !== '-1' || end !== '-1');
    return {
      ...named(name!),
      category: category!,
      intervals: pairs.map((pair) => intervalOf(pair, fail)),
      line,
    };
  });
}

type Fail = (problem: string) => never;

function linesOf(text: string): { content: string; line: number; words: string[] }[] {
  return text.split(/\r?\n/).flatMap((content, index) => {
    const trimmed = content.trim();
    return trimmed === '' ? [] : [{ content: trimmed, line: index + 1, words: trimmed.split(/\s+/) }];
  });
}

function failure(file: string, line: number, content: string, hint: string): Fail {
  return (problem) => {
    throw new RobustaError('BAD_ANNOTATION', `${file}:${line}: ${problem}: "${content}"`, {
      hint,
      details: { file, line },
    });
  };
}

function named(name: string): Pick<AnnotationLine, 'video' | 'extension'> {
  const extension = /\.(?:mp4|avi|mkv)$/i.exec(name)?.[0];
  return extension === undefined ? { video: name } : { video: name.slice(0, -extension.length), extension };
}

function pairsOf(frames: readonly string[], fail: Fail): [start: string, end: string][] {
  if (frames.length % 2 === 1) {
    fail(`${frames.length} frame number${frames.length === 1 ? '' : 's'}, but they must be pairs`);
  }
  return Array.from({ length: frames.length / 2 }, (_, i) => [frames[2 * i]!, frames[2 * i + 1]!]);
}

function intervalOf(pair: [start: string, end: string], fail: Fail): [number, number] {
  const [start, end] = pair.map((token) => {
    if (!/^\d{1,15}$/.test(token)) fail(`"${token}" is not a frame number`);
    return Number(token);
  }) as [number, number];
  if (start >= end) fail(`start ${start} is not before end ${end}`);
  return [start, end];
}
