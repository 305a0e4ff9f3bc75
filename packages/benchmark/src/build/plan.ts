import { extname, join } from 'node:path';
import type { Dataset, VideoRecord } from '../dataset/model.js';
import type { CorruptJob } from '../jobs/corrupt-job.js';
import type { Corruption } from '../jobs/damage.js';
import { type ExtractJob, extractJobs } from '../jobs/extract-job.js';
import type { JobExtractors } from '../jobs/extractor-config.js';
import { conditionName, modalityOfCorruption } from '../protocol/condition.js';
import type { CheckedBuild } from './options.js';

/** A corrupted copy of a video, and the job that makes it. */
export interface MediaPlan {
  video: VideoRecord;
  condition: Corruption;
  job: CorruptJob;
}

/** Containers that can be written; the rest becomes Matroska, which holds every codec. */
const KEPT = new Set(['.mp4', '.m4v', '.mov', '.mkv']);

/** Every corruption at every severity. */
export function conditionsOf({ corruptions, severities, seed, parameters }: CheckedBuild): Corruption[] {
  const names = [...new Set(corruptions)];
  const strengths = [...new Set(severities)].sort();
  return names.flatMap((corruption) =>
    strengths.map((severity): Corruption => {
      const own = parameters[corruption];
      const common = { corruption, severity, seed };
      return own && Object.keys(own).length > 0 ? { ...common, parameters: own } : common;
    }),
  );
}

/** The features of the test videos, clean and under each condition, and of the training videos where they are asked for. */
export function featurePlan(
  { root, videos }: Dataset,
  { out, train }: CheckedBuild,
  conditions: Corruption[],
  extractors: JobExtractors,
): ExtractJob[] {
  const wanted = videos.filter(({ split }) => train || split === 'test');
  return extractJobs({ root, videos: wanted }, { workspace: out, extractor: extractors, conditions });
}

/** The corrupted copies: `<out>/corrupted/<condition>/<id>.mp4`. */
export function mediaPlan(
  { root, videos }: Dataset,
  { out, crf }: CheckedBuild,
  conditions: readonly Corruption[],
): MediaPlan[] {
  const test = videos.filter(({ split }) => split === 'test');
  return test.flatMap((video) =>
    conditions
      .filter(({ corruption }) => video.modalities.includes(modalityOfCorruption(corruption)))
      .map((condition) => ({ video, condition, job: mediaJob(root, out, crf, video, condition) })),
  );
}

/** The job that makes a corrupted copy; its seed is that of the features. */
export function mediaJob(
  root: string,
  out: string,
  crf: number,
  { id, path, sha256 }: Pick<VideoRecord, 'id' | 'path' | 'sha256'>,
  condition: Corruption,
): CorruptJob {
  const { corruption: name, severity, seed, parameters } = condition;
  const extension = extname(path).toLowerCase();
  const file = `${id}${KEPT.has(extension) ? extension : '.mkv'}`;
  return {
    kind: 'corrupt',
    input: join(root, path),
    output: join(out, 'corrupted', conditionName(condition), file),
    options: {
      [modalityOfCorruption(name)]: { ...parameters, name, severity },
      seed,
      id,
      crf,
    } as CorruptJob['options'],
    inputSha256: sha256,
  };
}
