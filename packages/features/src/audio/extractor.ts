import { type FeatureSequence, parseOptions } from '@robusta/core';
import { z } from 'zod';
import { AUDIO_WINDOW, type AudioAnchor, SAMPLE_RATE } from '../grid.js';
import { AudioExtractSchema, type AudioReport, type ExtractionProgress, requireKind } from '../options.js';
import { RowBuffer } from '../row-buffer.js';
import { describeExtractor, type ExtractorSpec, hashColumns } from '../spec.js';
import { eachWindow } from './extract.js';
import { LITE_AUDIO_DIMENSIONS, LiteAudio } from './lite.js';
import { type AudioSource, mono16k } from './source.js';
import {
  createVggishExtractor,
  type VggishExtractor,
  type VggishExtractorOptions,
} from './vggish-extractor.js';
import { gridFields, hopName } from './windows.js';

/** Options of one audio extraction. */
export interface AudioExtractOptions {
  /**
   * T of the video. Sound that ends early is continued with silence, sound that goes on is cut. Default: the full
   * snippets of the sound itself, at least 1.
   */
  snippets?: number;
  /** Stops the work; the promise is rejected with ABORTED. */
  signal?: AbortSignal;
  /** Called after each row. */
  onProgress?: (progress: ExtractionProgress) => void;
  /** Called once at the end with what was cut or padded. */
  onReport?: (report: AudioReport) => void;
}

/** Options of {@link createAudioExtractor} for the features that need no weights. */
export interface AudioExtractorOptions {
  /** `lite` needs no weights. */
  kind: 'lite';
  /** Where the 0.96 s window of a row lies on its snippet of 2/3 s; default `end`: both end together. */
  anchor?: AudioAnchor;
  /**
   * Seconds from a row to the next, 0.01 to 0.96; default 2/3, the snippets of the pictures. Rows of another hop do not
   * lie on them: `alignModalities` with `resample` finds the row of each snippet.
   */
  hopSeconds?: number;
}

/** Turns sound into feature rows. */
export interface AudioExtractor {
  readonly spec: ExtractorSpec;
  /**
   * One row for each snippet of 2/3 s, or each `hopSeconds`. Channels are averaged, the rate becomes 16 kHz (FFmpeg's resampler).
   * A file or an iterable is read as a stream, so memory does not grow with its length (beyond the rows themselves).
   * @param source - path of a media file, a clip, or the pieces of one in order
   * @returns `[T, 1, 128]`
   * @throws EMPTY_INPUT without any sample; NO_AUDIO, NOT_MEDIA, FILE_NOT_FOUND... for a file; NON_FINITE naming the
   *   sample; BAD_INPUT, LENGTH_MISMATCH for pieces or channels that do not fit together; ABORTED
   */
  extract(source: AudioSource, options?: AudioExtractOptions): Promise<FeatureSequence>;
}

const OptionsSchema = z.strictObject({
  kind: z.literal('lite'),
  ...gridFields,
});

/** Kinds that exist. */
const KINDS = ['lite', 'vggish'];

/**
 * Makes an audio extractor. With a network it is a promise: the model is opened first, and has to be disposed.
 * @throws BAD_OPTION for a kind that does not exist, listing those that do, and for unknown options; for VGGish also what
 *   {@link openModel} throws, and for the parameters of its post-processing what {@link readVggishPca} throws
 */
export function createAudioExtractor(options: AudioExtractorOptions): AudioExtractor;
export function createAudioExtractor(options: VggishExtractorOptions): Promise<VggishExtractor>;
export function createAudioExtractor(
  options: AudioExtractorOptions | VggishExtractorOptions,
): AudioExtractor | Promise<VggishExtractor> {
  const kind = (options as { kind?: unknown } | undefined)?.kind;
  requireKind('createAudioExtractor', kind, KINDS);
  return kind === 'lite'
    ? createLiteExtractor(options as AudioExtractorOptions)
    : createVggishExtractor(options as VggishExtractorOptions);
}

function createLiteExtractor(options: AudioExtractorOptions): AudioExtractor {
  const { kind, ...grid } = parseOptions(OptionsSchema, options, 'createAudioExtractor');
  const recipe = {
    extractor: 'robusta/lite-audio',
    version: 1,
    sampleRate: SAMPLE_RATE,
    downmix: 'mean',
    windowSamples: AUDIO_WINDOW,
    hop: hopName(grid.hopSeconds),
    anchor: grid.anchor,
    crops: 1,
    dim: LITE_AUDIO_DIMENSIONS.length,
    columns: hashColumns(LITE_AUDIO_DIMENSIONS),
  };
  return {
    spec: describeExtractor(kind, 'audio', recipe, grid.hopSeconds),
    async extract(source, extractOptions = {}) {
      const { snippets, signal, onProgress, onReport } = parseOptions(
        AudioExtractSchema,
        extractOptions,
        'extract',
      );
      const dim = LITE_AUDIO_DIMENSIONS.length;
      const [lite, buffer] = [new LiteAudio(), new RowBuffer(dim)];
      const limits = { snippets, signal };
      const report = await eachWindow(mono16k(source, signal), grid, limits, (window, seconds) => {
        lite.row(window, buffer.next());
        onProgress?.({ snippets: buffer.rows, seconds });
      });
      onReport?.(report);
      return { modality: 'audio', length: buffer.rows, crops: 1, dim, data: buffer.finish() };
    },
  };
}
