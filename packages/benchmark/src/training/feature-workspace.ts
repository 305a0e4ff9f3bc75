import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RobustaError } from '@robusta/core';
import { storedFeatures, type ValidationVideo } from '@robusta/detector';
import { FILES_AT_A_TIME, mapConcurrent } from '../dataset/concurrent.js';
import { readDatasetFile } from '../dataset/jsonl.js';
import type { DatasetProblem, VideoRecord } from '../dataset/model.js';
import { extractJobs, featurePath } from '../jobs/extract-job.js';
import { isDone } from '../jobs/is-done.js';
import { snippetFrameLabels } from '../run/evaluate.js';
import type { FeatureSet } from './feature-folders.js';

/**
 * Opens the clean features of one split of a workspace that a benchmark run wrote. Test videos have frame labels. A
 * modality without features of this version is left out and listed in `problems`.
 * @throws FILE_NOT_FOUND for a folder that is no workspace; BAD_FORMAT naming a line of `dataset.jsonl`; BAD_DATASET where
 *   no video of the split has features; BAD_FORMAT, TRUNCATED naming the feature file; ABORTED
 */
export async function loadFeatureWorkspace(
  workspace: string,
  split: VideoRecord['split'],
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<FeatureSet> {
  const file = join(workspace, 'dataset.jsonl');
  if (!existsSync(file)) {
    throw new RobustaError('FILE_NOT_FOUND', `${file} does not exist: ${workspace} is not a workspace`, {
      hint: 'name the workspace of `robusta benchmark` or `robusta demo`, or folders of feature files',
    });
  }
  const records = (await readDatasetFile(file)).filter((video) => video.split === split);
  const problems: DatasetProblem[] = [];
  const opened = await mapConcurrent(
    records,
    FILES_AT_A_TIME,
    (video) => open(workspace, video, problems),
    signal,
  );
  const videos = opened.filter((video) => video !== undefined);
  if (videos.length === 0) {
    throw new RobustaError('BAD_DATASET', `${workspace}: there are no features of ${split} videos`, {
      hint: 'run `robusta benchmark` with this workspace first: it extracts them',
    });
  }
  problems.sort((a, b) => (a.video < b.video ? -1 : 1));
  return { videos, problems };
}

async function open(
  workspace: string,
  record: VideoRecord,
  problems: DatasetProblem[],
): Promise<ValidationVideo | undefined> {
  const { id, label, split } = record;
  const video: ValidationVideo = { id, label };
  for (const job of extractJobs(
    { root: '', videos: [record] },
    { workspace, extractor: 'lite', conditions: [] },
  )) {
    const { modality } = job;
    if (await isDone(job)) video[modality] = await storedFeatures(featurePath(job, 'clean'), { modality });
    else {
      const message = `has no ${modality} features of this version`;
      problems.push({ video: id, code: 'MISSING_MODALITY', message, skipped: false });
    }
  }
  const snippets = (video.visual ?? video.audio)?.length;
  if (snippets === undefined) return undefined;
  if (split === 'test') video.labels = snippetFrameLabels({ ...record, snippets });
  return video;
}
