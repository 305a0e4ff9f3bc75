import { type FeatureSequence, type Frame, parseOptions } from '@robusta/core';
import { readFrames } from '@robusta/media';
import { z } from 'zod';
import { FPS, type RowRule, WINDOW_FRAMES } from '../grid.js';
import { type ExtractionProgress, requireKind, VisualExtractSchema, type VisualReport } from '../options.js';
import { describeExtractor, type ExtractorSpec, hashColumns } from '../spec.js';
import { extractLiteVisual } from './extract.js';
import { createI3dExtractor, type I3dExtractor, type I3dExtractorOptions } from './i3d-extractor.js';
import { LITE_VISUAL_DIMENSIONS } from './lite.js';
import { SHORT_SIDE } from './working-image.js';

/** Pictures to extract from: a media file, or frames that are already at 24 fps. */
export type VisualSource = string | Iterable<Frame> | AsyncIterable<Frame>;

/** Options of one visual extraction. */
export interface VisualExtractOptions {
  /** Stops the work; the promise is rejected with ABORTED. */
  signal?: AbortSignal;
  /** Called after each row. */
  onProgress?: (progress: ExtractionProgress) => void;
  /** Called once at the end with what was dropped or repeated. */
  onReport?: (report: VisualReport) => void;
}

/** Options of {@link createVisualExtractor} for the features that need no weights. */
export interface VisualExtractorOptions {
  /** `lite` needs no weights. */
  kind: 'lite';
  /** `full` (default): floor(N / 16) rows of N frames. `xd`: floor((N - 1) / 16), as XD-Violence's ground truth. */
  rows?: RowRule;
}

/** Turns pictures into feature rows. */
export interface VisualExtractor {
  readonly spec: ExtractorSpec;
  /**
   * One row for each 16 frames at 24 fps; a video shorter than that is repeated from its start and gives one row.
   * A file is read as a stream, so memory does not grow with its length (beyond the rows themselves).
   * @param source - path of a media file, or frames at 24 fps, all of one size
   * @returns `[T, crops, dim]`: `[T, 1, 256]` of `lite`, `[T, 10, 2048]` of `i3d-resnet50` with ten crops
   * @throws EMPTY_INPUT without any frame; NO_VIDEO, NOT_MEDIA, FILE_NOT_FOUND... for a file; BAD_INPUT naming the
   *   frame that has another size or too few bytes; TRUNCATED for a file that ends early; ABORTED
   */
  extract(source: VisualSource, options?: VisualExtractOptions): Promise<FeatureSequence>;
}

const OptionsSchema = z.strictObject({
  kind: z.literal('lite'),
  rows: z.enum(['full', 'xd']).default('full'),
});

/** Kinds that exist. */
const KINDS = ['lite', 'i3d-resnet50', 'i3d-inception'];

/**
 * Makes a visual extractor. With a network it is a promise: the model is opened first, and has to be disposed.
 * @throws BAD_OPTION for a kind that does not exist, listing those that do, and for unknown options; for a network also
 *   what {@link openModel} throws, and BAD_MODEL for one that takes clips of another size than 16 x 224 x 224
 */
export function createVisualExtractor(options: VisualExtractorOptions): VisualExtractor;
export function createVisualExtractor(options: I3dExtractorOptions): Promise<I3dExtractor>;
export function createVisualExtractor(
  options: VisualExtractorOptions | I3dExtractorOptions,
): VisualExtractor | Promise<I3dExtractor> {
  const kind = (options as { kind?: unknown } | undefined)?.kind;
  requireKind('createVisualExtractor', kind, KINDS);
  return kind === 'lite'
    ? createLiteExtractor(options as VisualExtractorOptions)
    : createI3dExtractor(options as I3dExtractorOptions);
}

function createLiteExtractor(options: VisualExtractorOptions): VisualExtractor {
  const { kind, rows } = parseOptions(OptionsSchema, options, 'createVisualExtractor');
  const recipe = {
    extractor: 'robusta/lite-visual',
    version: 1,
    fps: FPS,
    windowFrames: WINDOW_FRAMES,
    stride: WINDOW_FRAMES,
    rows,
    shortVideos: 'loop',
    shortSide: SHORT_SIDE,
    resize: 'area',
    luma: 'rec601',
    crops: 1,
    dim: LITE_VISUAL_DIMENSIONS.length,
    columns: hashColumns(LITE_VISUAL_DIMENSIONS),
  };
  return {
    spec: describeExtractor(kind, 'visual', recipe),
    async extract(source, extractOptions = {}) {
      const { signal, onProgress, onReport } = parseOptions(VisualExtractSchema, extractOptions, 'extract');
      const frames =
        typeof source === 'string' ? readFrames(source, { fps: FPS, ...(signal ? { signal } : {}) }) : source;
      const { sequence, report } = await extractLiteVisual(frames, rows, { signal, onProgress });
      onReport?.(report);
      return sequence;
    },
  };
}
