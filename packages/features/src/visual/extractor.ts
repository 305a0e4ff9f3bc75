import { type FeatureSequence, type Frame, parseOptions } from '@robusta/core';
import { readFrames } from '@robusta/media';
import { z } from 'zod';
import { FPS, HOP_SECONDS, type RowRule, WINDOW_FRAMES } from '../grid.js';
import { checkKind, type ExtractionProgress, VisualExtractSchema, type VisualReport } from '../options.js';
import { type ExtractorSpec, hashColumns, hashRecipe, type Recipe } from '../spec.js';
import { extractLiteVisual } from './extract.js';
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

/** Options of {@link createVisualExtractor}. */
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
   * @returns `[T, 1, 256]`
   * @throws EMPTY_INPUT without any frame; NO_VIDEO, NOT_MEDIA, FILE_NOT_FOUND... for a file; BAD_INPUT naming the
   *   frame that has another size or too few bytes; ABORTED
   */
  extract(source: VisualSource, options?: VisualExtractOptions): Promise<FeatureSequence>;
}

const OptionsSchema = z.strictObject({
  kind: z.literal('lite'),
  rows: z.enum(['full', 'xd']).default('full'),
});

/**
 * Makes a visual extractor.
 * @throws BAD_OPTION for a kind that does not exist, listing those that do, and for unknown options
 */
export function createVisualExtractor(options: VisualExtractorOptions): VisualExtractor {
  checkKind((options as { kind?: unknown } | undefined)?.kind, 'createVisualExtractor');
  const { kind, rows } = parseOptions(OptionsSchema, options, 'createVisualExtractor');
  const recipe: Recipe = {
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
    spec: {
      kind,
      modality: 'visual',
      dim: LITE_VISUAL_DIMENSIONS.length,
      crops: 1,
      windowFrames: WINDOW_FRAMES,
      fps: FPS,
      hopSeconds: HOP_SECONDS,
      recipe,
      recipeHash: hashRecipe(recipe),
    },
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
