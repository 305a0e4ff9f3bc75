import { type FeatureSequence, type Modality, parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import type { AudioExtractor } from './audio/extractor.js';
import { HOP_SECONDS, soundRows } from './grid.js';
import { type AudioReport, callback, type ExtractionProgress, Signal, type VisualReport } from './options.js';
import type { VisualExtractor } from './visual/extractor.js';

/** Options of {@link extractModalities}; at least one extractor. */
export interface ExtractModalitiesOptions {
  visual?: VisualExtractor;
  audio?: AudioExtractor;
  /** T of visual rows that are there already, without a visual extractor: the sound is laid on them. */
  snippets?: number;
  /** Stops the work; the promise is rejected with ABORTED. */
  signal?: AbortSignal;
  /** Called after each row, first those of the pictures, then those of the sound. */
  onProgress?: (progress: ExtractionProgress & { modality: Modality }) => void;
  /** Given the rows of each modality as soon as they are there; the other one waits until its promise settles. */
  onFeatures?: (sequence: FeatureSequence) => void | Promise<void>;
}

/**
 * How sound came to the rows of the pictures, which decide: `equal`, it has as many by itself; `sound-padded`, it ends
 * early and goes on as silence; `sound-cut`, it goes on for longer. `single`: one modality alone, with its own rows.
 */
export type LengthRule = 'equal' | 'sound-padded' | 'sound-cut' | 'single';

/** What {@link extractModalities} did. */
export interface ModalityReport {
  /** Full rows that each has by itself; 0 of a modality that is missing or was not asked for. */
  rows: { visual: number; audio: number };
  rule: LengthRule;
  /** Rows of the result, the same of both. */
  kept: number;
  /** Modalities that were asked for and that the file does not have. */
  missing: Modality[];
  visual?: VisualReport;
  audio?: AudioReport;
}

/** Rows of one recording, of one length. */
export interface ExtractedModalities {
  visual?: FeatureSequence;
  audio?: FeatureSequence;
  report: ModalityReport;
}

const isExtractor = (value: unknown) =>
  typeof (value as { extract?: unknown } | undefined)?.extract === 'function';
const OptionsSchema = z
  .strictObject({
    visual: z.custom<VisualExtractor>(isExtractor, 'expected an extractor').optional(),
    audio: z.custom<AudioExtractor>(isExtractor, 'expected an extractor').optional(),
    snippets: z.int().min(1).optional(),
    signal: Signal.optional(),
    onProgress: callback<ExtractionProgress & { modality: Modality }>().optional(),
    onFeatures: z
      .custom<(sequence: FeatureSequence) => void | Promise<void>>(
        (value) => typeof value === 'function',
        'expected a function',
      )
      .optional(),
  })
  .refine(({ visual, audio }) => visual ?? audio, 'expected a visual or an audio extractor')
  .refine(({ visual, snippets }) => !visual || snippets === undefined, 'snippets: the pictures decide');

/**
 * Extracts the pictures and the sound of a media file so that row k of both covers the same 2/3 s. The pictures decide
 * the length: sound that ends early is continued with silence (not with zero features), sound that goes on is cut.
 * A stream that the file lacks is a missing modality, not an error, as long as the other one is there.
 * @throws BAD_OPTION; what the extractors throw; NO_VIDEO, NO_AUDIO where nothing that was asked for is in the file
 */
export async function extractModalities(
  path: string,
  options: ExtractModalitiesOptions,
): Promise<ExtractedModalities> {
  const { visual, audio, snippets, signal, onProgress, onFeatures } = parseOptions(
    OptionsSchema,
    options,
    'extractModalities',
  );
  if (audio && (visual || snippets !== undefined) && Math.abs(audio.spec.hopSeconds - HOP_SECONDS) > 1e-9) {
    throw new RobustaError(
      'BAD_OPTION',
      `extractModalities: sound with a row every ${audio.spec.hopSeconds} s does not lie on the rows of the pictures`,
      { hint: 'leave hopSeconds at 2/3 s, or extract both alone and use alignModalities with "resample"' },
    );
  }
  const missing: RobustaError[] = [];
  const orMissing = async (code: 'NO_VIDEO' | 'NO_AUDIO', work: () => Promise<FeatureSequence>) => {
    let sequence: FeatureSequence;
    try {
      sequence = await work();
    } catch (error) {
      if (!RobustaError.isInstance(error) || error.code !== code) throw error;
      missing.push(error);
      return undefined;
    }
    await onFeatures?.(sequence);
    return sequence;
  };
  const own = (modality: Modality) => ({
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress: (at: ExtractionProgress) => onProgress({ ...at, modality }) } : {}),
  });
  const report: ModalityReport = { rows: { visual: 0, audio: 0 }, rule: 'single', kept: 0, missing: [] };
  const seen =
    visual &&
    (await orMissing('NO_VIDEO', () =>
      visual.extract(path, { ...own('visual'), onReport: (value) => void (report.visual = value) }),
    ));
  const length = seen?.length ?? snippets;
  const heard =
    audio &&
    (await orMissing('NO_AUDIO', () =>
      audio.extract(path, {
        ...own('audio'),
        ...(length === undefined ? {} : { snippets: length }),
        onReport: (value) => void (report.audio = value),
      }),
    ));
  const kept = seen ?? heard;
  if (!kept) throw missing[0]!;
  report.missing = missing.map(({ code }) => (code === 'NO_VIDEO' ? 'visual' : 'audio'));
  report.kept = kept.length;
  report.rows = { visual: length ?? 0, audio: heard?.length ?? 0 };
  if (heard && length !== undefined) {
    report.rows.audio = soundRows(report.audio!.samples);
    report.rule = ruleOf(report.rows);
  }
  return { ...(seen ? { visual: seen } : {}), ...(heard ? { audio: heard } : {}), report };
}

function ruleOf({ visual, audio }: ModalityReport['rows']): LengthRule {
  if (visual === audio) return 'equal';
  return audio < visual ? 'sound-padded' : 'sound-cut';
}
