import { RobustaError } from '@robusta/core';

/** One line of an XD-Violence annotation file. */
export interface AnnotationLine {
  /** Id of the video: a stray `.mp4` is removed. */
  video: string;
  /** `[start, end)` pairs in frames of the file, as written. */
  intervals: [start: number, end: number][];
  /** Line in the file, from 1. */
  line: number;
}

/**
 * Parses XD-Violence's `annotations.txt`: a name, then start and end frame of each anomalous stretch.
 * @param text - content of the file; empty lines are passed over
 * @param file - name of the file, for messages
 * @throws BAD_ANNOTATION with file, line and text: an odd number of frames, a frame that is no non-negative
 *   integer, a start that is not before its end
 */
export function parseXdAnnotations(text: string, file: string): AnnotationLine[] {
  return text.split(/\r?\n/).flatMap((content, index) => {
    const trimmed = content.trim();
    if (trimmed === '') return [];
    const [name, ...frames] = trimmed.split(/\s+/);
    const fail = (problem: string): never => {
      throw new RobustaError('BAD_ANNOTATION', `${file}:${index + 1}: ${problem}: "${trimmed}"`, {
        hint: 'a line is a video name and pairs of start and end frame, e.g. "film__#1_label_B1-0-0 24 72 120 168"',
        details: { file, line: index + 1 },
      });
    };
    if (frames.length % 2 === 1) {
      fail(`${frames.length} frame number${frames.length === 1 ? '' : 's'}, but they must be pairs`);
    }
    const numbers = frames.map((token) => {
      if (!/^\d{1,15}$/.test(token)) fail(`"${token}" is not a frame number`);
      return Number(token);
    });
    const intervals: [number, number][] = [];
    for (let i = 0; i < numbers.length; i += 2) {
      const [start, end] = [numbers[i]!, numbers[i + 1]!];
      if (start >= end) fail(`start ${start} is not before end ${end}`);
      intervals.push([start, end]);
    }
    return [{ video: name!.replace(/\.mp4$/i, ''), intervals, line: index + 1 }];
  });
}
