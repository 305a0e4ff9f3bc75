import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { fileError, type Modality } from '@robusta/core';
import {
  type AudioExtractor,
  type ExtractionProgress,
  extractModalities,
  type FeatureDescription,
  type ModalityReport,
  type VisualExtractor,
} from '@robusta/features';
import { probe } from '@robusta/media';
import type { ExtractFile } from './plan.js';
import { type FeatureStore, findFinished } from './store.js';

/** What makes the rows; at least one of the two. */
export interface Extractors {
  visual?: VisualExtractor;
  audio?: AudioExtractor;
}

/** Features of one modality of a video. */
export interface ExtractedModality {
  files: string[];
  /** `[T, crops, D]`. */
  shape: FeatureDescription['shape'];
}

/** Features of one video. */
export interface Extracted extends ExtractFile {
  visual?: ExtractedModality;
  audio?: ExtractedModality;
  /** Modalities that an earlier run had made. */
  kept: Modality[];
  report: ModalityReport;
}

/** What is left to do for a video, and the seconds that it lasts; undefined where nothing is. */
export interface Task {
  file: ExtractFile;
  duration: number;
  /** Pictures that are there: only the sound is missing. */
  visual?: FeatureDescription;
}

/**
 * What is to be done: the pictures if they are absent, the sound if it is absent or has not as many rows as they have.
 * @throws FEATURE_MISMATCH; what `probe` throws
 */
export async function planTask(
  file: ExtractFile,
  { visual, audio }: Extractors,
  store: FeatureStore,
  force: boolean,
): Promise<Task | undefined> {
  const { stems, input } = file;
  const found = (stem: string | undefined, extractor: VisualExtractor | AudioExtractor | undefined) =>
    stem !== undefined && extractor && !force ? findFinished(store, stem, extractor.spec) : undefined;
  const seen = await found(stems.visual, visual);
  const heard = await found(stems.audio, audio);
  const bothThere = seen !== undefined && heard?.shape[0] === seen.shape[0];
  if (bothThere || (seen && !audio) || (heard && !visual)) return undefined;
  const { duration, ...streams } = await probe(input);
  // A modality that the file does not have cannot be missing in the folder.
  if ((seen && !streams.audio) || (heard && !streams.video && !seen)) return undefined;
  return { file, duration, ...(seen ? { visual: seen } : {}) };
}

/** Extracts what is missing of a video and writes it. */
export async function extractOne(
  { file, visual: seen }: Task,
  { visual, audio }: Extractors,
  store: FeatureStore,
  options: {
    signal: AbortSignal;
    onProgress: (progress: ExtractionProgress & { modality: Modality }) => void;
  },
): Promise<Extracted> {
  const extracted: Pick<Extracted, 'visual' | 'audio'> = {};
  let source: Promise<string> | undefined;
  const { report } = await extractModalities(file.input, {
    ...(seen ? { snippets: seen.shape[0] } : visual ? { visual } : {}),
    ...(audio ? { audio } : {}),
    ...options,
    // Pictures are what takes long: they are on the disk before anything can go wrong with the sound.
    onFeatures: async (sequence) => {
      const { modality, length, crops, dim } = sequence;
      source ??= sha256(file.input);
      const { spec } = (modality === 'visual' ? visual : audio)!;
      const files = await store.write(file.stems[modality]!, sequence, spec, await source);
      extracted[modality] = { files, shape: [length, crops, dim] };
    },
  });
  return { ...file, ...extracted, kept: seen ? ['visual'] : [], report };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw fileError(error, path);
  }
  return hash.digest('hex');
}
