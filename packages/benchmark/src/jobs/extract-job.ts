import { join, resolve } from 'node:path';
import type { Modality } from '@robusta/core';
import type { Dataset } from '../dataset/model.js';
import { type Condition, conditionName, modalityOfCorruption } from '../protocol/condition.js';
import { extractorName, type JobExtractor, type JobExtractors } from './extractor-config.js';

/**
 * Takes the features of one modality of one video under several conditions. The conditions share one decoding of the
 * file, which is most of the bytes that are moved.
 */
export interface ExtractJob {
  kind: 'extract';
  video: {
    id: string;
    /** Of the file, absolute. */
    path: string;
    /** Of its content, as the dataset knows it. */
    sha256: string;
    /** On the 24-fps grid: the sound gets as many rows as the picture has. */
    frames: number;
  };
  modality: Modality;
  extractor: JobExtractor;
  conditions: Condition[];
  /** Folder of the workspace, absolute. */
  workspace: string;
}

/** What an {@link ExtractJob} returns. */
export interface ExtractResult {
  /** Feature files that were written, and that were there already. */
  written: number;
  kept: number;
  /** True if the file lacks the modality: then there is nothing to write. */
  missing: boolean;
}

/**
 * The feature file of a video: `<workspace>/features/<extractor>-<modality>/<condition>/<id>.npy`; the extractor of a
 * network is its kind and the first digits of the hash of its recipe.
 */
export function featurePath(
  {
    workspace,
    extractor,
    modality,
    video,
  }: Pick<ExtractJob, 'workspace' | 'extractor' | 'modality'> & {
    video: { id: string };
  },
  condition: Condition,
): string {
  return join(
    workspace,
    'features',
    `${extractorName(extractor)}-${modality}`,
    conditionName(condition),
    `${video.id}.npy`,
  );
}

/** What {@link extractJobs} makes jobs of. */
export interface ExtractPlan {
  workspace: string;
  /** The extractors of each modality, or `lite` for both. */
  extractor: 'lite' | JobExtractors;
  conditions: Condition[];
}

/**
 * The jobs that a benchmark needs: clean features of all videos, and those of the test videos under each condition, in
 * the modality that it damages. Modalities that a file lacks get no job.
 */
export function extractJobs(
  dataset: Pick<Dataset, 'root' | 'videos'>,
  { workspace, extractor, conditions }: ExtractPlan,
): ExtractJob[] {
  return dataset.videos.flatMap(({ id, path, sha256, frames, split, modalities }) =>
    modalities.map((modality): ExtractJob => {
      const damaging = conditions.filter(
        (c) => c !== 'clean' && modalityOfCorruption(c.corruption) === modality,
      );
      return {
        kind: 'extract',
        video: { id, path: join(dataset.root, path), sha256, frames },
        modality,
        extractor: extractor === 'lite' ? extractor : extractor[modality],
        conditions: split === 'test' ? ['clean', ...damaging] : ['clean'],
        workspace: resolve(workspace),
      };
    }),
  );
}
