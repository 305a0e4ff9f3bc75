import { join } from 'node:path';
import type { Dataset, DatasetProblem, VideoRecord } from '../dataset/model.js';
import { type ExtractJob, extractJobs } from '../jobs/extract-job.js';
import { type JobExtractors, LITE } from '../jobs/extractor-config.js';
import { runJobs } from '../jobs/run-jobs.js';
import type { JobRunner } from '../jobs/runner.js';
import type { Condition } from '../protocol/condition.js';
import type { StageOptions } from './stage.js';

/** Long jobs at the end would leave the other cores without work. */
export function longestFirst(jobs: readonly ExtractJob[]): ExtractJob[] {
  const work = ({ video, conditions }: ExtractJob) => video.frames * conditions.length;
  // Pictures take several times as long as sound; the sort is stable.
  const pictures = ({ modality }: ExtractJob) => (modality === 'visual' ? 4 : 1);
  return [...jobs].sort((a, b) => work(b) * pictures(b) - work(a) * pictures(a));
}

/**
 * Makes the feature files that are missing. A video of which a file could not be made takes no part in the run.
 * @returns the videos whose files are all there, and what is wrong with the others
 * @throws DISK_FULL and other failures of the workspace; ABORTED
 */
export async function extractFeatures(
  dataset: Dataset,
  workspace: string,
  conditions: readonly Condition[],
  runner: JobRunner,
  { signal, onProgress }: StageOptions,
  extractors: JobExtractors = LITE,
): Promise<{ videos: VideoRecord[]; problems: DatasetProblem[] }> {
  const plan = extractJobs(dataset, { workspace, extractor: extractors, conditions: [...conditions] });
  const jobs = longestFirst(plan);
  // The dataset itself may lie in the workspace, as that of the demo does.
  // The first job may take minutes.
  onProgress?.({ stage: 'extracting features', done: 0, total: jobs.length });
  const { done, failed } = await runJobs(runner, jobs, [join(workspace, 'features')], {
    signal,
    onProgress: (progress) => onProgress?.({ stage: 'extracting features', ...progress }),
  });
  const problems = new Map<string, DatasetProblem>();
  for (const { job, error } of failed) {
    const { code, message } = error;
    problems.set(job.video.id, { video: job.video.id, code, message, skipped: true });
  }
  const lacking = new Set(
    done.flatMap(({ job, result }) => (result.missing ? [`${job.video.id} ${job.modality}`] : [])),
  );
  const videos = dataset.videos.flatMap((video): VideoRecord[] => {
    if (problems.has(video.id)) return [];
    const modalities = video.modalities.filter((modality) => !lacking.has(`${video.id} ${modality}`));
    return modalities.length > 0 ? [{ ...video, modalities }] : [];
  });
  return { videos, problems: [...problems.values()] };
}
