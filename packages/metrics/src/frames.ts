import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';

const FrameCount = z.number().int().min(0);
const FramesPerSnippet = z.number().int().min(1);

const ExpandOptionsSchema = z.strictObject({
  framesPerSnippet: FramesPerSnippet.default(16),
  frameCount: FrameCount.optional(),
  policy: z.enum(['strict', 'trim', 'pad-last']).default('strict'),
});

/** Options of {@link expandToFrames}. */
export interface ExpandOptions {
  /**
   * Frames that each snippet covers, at least 1.
   * @defaultValue 16
   */
  framesPerSnippet?: number | undefined;
  /**
   * Length of the result, in frames: that of the ground truth.
   * @defaultValue as many as the snippets cover
   */
  frameCount?: number | undefined;
  /**
   * What to do where snippets cover more or fewer frames than `frameCount`. `strict`: refuse. `trim`: keep
   * the shorter length, so that the ground truth may have to be cut to the length of the result.
   * `pad-last`: cut, or fill up with the last score.
   * @defaultValue 'strict'
   */
  policy?: 'strict' | 'trim' | 'pad-last' | undefined;
}

/**
 * Repeats each snippet score for the frames of the snippet.
 * @param snippetScores - `[T]`
 * @returns `[frameCount]`, shorter only under the policy `trim`; a Float64Array for a Float64Array, else a
 *   Float32Array
 * @throws BAD_OPTION
 * @throws LENGTH_MISMATCH under the policy `strict`, naming both lengths
 * @throws EMPTY_INPUT if there is no last score to pad with
 */
export function expandToFrames(snippetScores: Float64Array, options?: ExpandOptions): Float64Array;
export function expandToFrames(snippetScores: ArrayLike<number>, options?: ExpandOptions): Float32Array;
export function expandToFrames(
  snippetScores: ArrayLike<number>,
  options: ExpandOptions = {},
): Float32Array | Float64Array {
  const { framesPerSnippet, frameCount, policy } = parseOptions(
    ExpandOptionsSchema,
    options,
    'expandToFrames',
  );
  const snippets = snippetScores.length;
  const covered = snippets * framesPerSnippet;
  const wanted = frameCount ?? covered;
  if (wanted !== covered && policy === 'strict') {
    throw new RobustaError(
      'LENGTH_MISMATCH',
      `${snippets} snippets of ${framesPerSnippet} frames cover ${covered} frames, not ${wanted}`,
      {
        hint: 'check that scores and ground truth are of the same video, or choose the policy trim or pad-last',
      },
    );
  }
  if (wanted > 0 && snippets === 0 && policy === 'pad-last') {
    throw new RobustaError('EMPTY_INPUT', `there is no score to fill ${wanted} frames with`);
  }
  const length = policy === 'trim' ? Math.min(covered, wanted) : wanted;
  const frames = snippetScores instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  for (
    let snippet = 0, start = 0;
    start < length && snippet < snippets;
    snippet++, start += framesPerSnippet
  ) {
    frames.fill(snippetScores[snippet]!, start, start + framesPerSnippet);
  }
  if (length > covered) frames.fill(snippetScores[snippets - 1]!, covered);
  return frames;
}

/** A run of frames `[start, end)`: the first one, and the one after the last. */
export type FrameInterval = readonly [start: number, end: number];

/**
 * Ground truth of one video: 1 for the frames inside any interval. Overlaps count once; what lies past the
 * last frame is cut off; an interval that ends before it starts marks nothing.
 * @param intervals - in frames, half-open
 * @param frameCount - frames of the video
 * @returns 0 or 1 each, `[frameCount]`
 * @throws BAD_INPUT for a negative or fractional bound
 * @throws BAD_OPTION for a bad frameCount
 */
export function frameLabels(intervals: readonly FrameInterval[], frameCount: number): Uint8Array {
  const labels = new Uint8Array(parseOptions(FrameCount, frameCount, 'frameLabels: frameCount'));
  intervals.forEach(([start, end], i) => {
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < 0) {
      throw new RobustaError(
        'BAD_INPUT',
        `interval ${i} is [${start}, ${end}), not two whole frame numbers from 0`,
        {
          details: { index: i },
        },
      );
    }
    labels.fill(1, start, end);
  });
  return labels;
}

/**
 * Ground truth of one XD-Violence video under the rule of the official lists (XDVioDet, `list/make_gt.py`):
 * of n frames the first `16 * floor((n - 1) / 16)` count, since one is lost to optical flow and whole snippets
 * are kept. 160 frames keep 144.
 * @param intervals - anomalous frames, half-open; see {@link frameLabels}
 * @param totalFrames - n, at least 1
 * @param framesPerSnippet - 16 in XD-Violence
 * @returns 0 or 1 each
 * @throws BAD_INPUT for a negative or fractional bound
 * @throws BAD_OPTION for a bad totalFrames or framesPerSnippet
 */
export function xdGroundTruth(
  intervals: readonly FrameInterval[],
  totalFrames: number,
  framesPerSnippet = 16,
): Uint8Array {
  parseOptions(FrameCount.min(1), totalFrames, 'xdGroundTruth: totalFrames');
  parseOptions(FramesPerSnippet, framesPerSnippet, 'xdGroundTruth: framesPerSnippet');
  return frameLabels(intervals, framesPerSnippet * Math.floor((totalFrames - 1) / framesPerSnippet));
}
