import { stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileError } from '@robusta/core';
import { findFeatures } from '@robusta/features';
import type { CorruptReport } from '@robusta/media';
import { hashFile } from '../dataset/hash-file.js';
import { findMedia, mediaRecordPath } from '../jobs/corrupt.js';
import { type ExtractJob, featurePath } from '../jobs/extract-job.js';
import { featureSpec } from '../jobs/open-extractor.js';
import { type Condition, conditionName, modalityOfCorruption } from '../protocol/condition.js';
import type { ManifestItem } from './manifest.js';
import type { MediaPlan } from './plan.js';

type OutputFile = ManifestItem['outputs'][number];

/** The line of a feature file; undefined if it is not there. */
export async function featureItem(
  job: ExtractJob,
  condition: Condition,
  { root, out }: { root: string; out: string },
): Promise<ManifestItem | undefined> {
  const path = featurePath(job, condition);
  const found = await findFeatures(path);
  const { recipeHash } = featureSpec(job.extractor, job.modality);
  // What a failed job has left of an earlier video or recipe is not of this build.
  if (found?.sidecar.recipeHash !== recipeHash || found.sidecar.sourceSha256 !== job.video.sha256) {
    return undefined;
  }
  const { corruption } = found.sidecar;
  return {
    kind: 'features',
    video: job.video.id,
    modality: job.modality,
    condition: conditionName(condition),
    ...(corruption ? { damage: corruption as ManifestItem['damage'] } : {}),
    recipeHash,
    input: { path: slashed(relative(root, job.video.path)), sha256: job.video.sha256 },
    outputs: [await outputFile(out, path), await outputFile(out, path.replace(/npy$/, 'json'))],
  };
}

/** The line of a corrupted copy; undefined if it is not there. Its hash is that of when it was made. */
export async function mediaItem(
  { video, condition, job }: MediaPlan,
  out: string,
): Promise<ManifestItem | undefined> {
  const record = await findMedia(job);
  if (!record) return undefined;
  const modality = modalityOfCorruption(condition.corruption);
  const { report, sha256, bytes } = record;
  const { name, parameters, measured, encoded } = report[modality] as CorruptReport['visual'] & object;
  const seed = (parameters as { seed?: number }).seed ?? 0;
  return {
    kind: 'media',
    video: video.id,
    modality,
    condition: conditionName(condition),
    damage: asJson({
      corruption: name,
      severity: condition.severity,
      seed,
      parameters,
      measured,
      encoded,
    }) as ManifestItem['damage'],
    encoding: asJson({ ...report.encoding, ffmpeg: report.ffmpeg }) as NonNullable<ManifestItem['encoding']>,
    input: { path: video.path, sha256: video.sha256 },
    outputs: [
      { path: slashed(relative(out, job.output)), sha256, bytes },
      await outputFile(out, mediaRecordPath(job.output)),
    ],
  };
}

async function outputFile(out: string, path: string): Promise<OutputFile> {
  try {
    const { size } = await stat(path);
    return { path: slashed(relative(out, path)), sha256: await hashFile(path), bytes: size };
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Where a file of a manifest lies. */
export function fileAt(folder: string, { path }: { path: string }): string {
  return join(folder, ...path.split('/'));
}

const slashed = (path: string): string => path.split(sep).join('/');

const asJson = (value: object): object => JSON.parse(JSON.stringify(value));
