import { join } from 'node:path';
import { RobustaError } from '@robusta/core';
import { hashIfThere } from '../dataset/hash-file.js';
import type { VideoRecord } from '../dataset/model.js';
import type { CorruptJob } from '../jobs/corrupt-job.js';
import type { Corruption } from '../jobs/damage.js';
import type { ExtractJob } from '../jobs/extract-job.js';
import type { CheckedExtractors } from '../jobs/extractor-config.js';
import { runnerOf } from '../jobs/local-runner.js';
import { resolveExtractors } from '../jobs/open-extractor.js';
import { runJobs } from '../jobs/run-jobs.js';
import type { JobRunner } from '../jobs/runner.js';
import type { StageProgress } from '../run/stage.js';
import { fileAt } from './items.js';
import type { Manifest, ManifestItem } from './manifest.js';
import { mediaJob } from './plan.js';
import type { Mismatch } from './verify.js';

/** Where things are made again, and of what. */
export interface Recreation {
  root: string;
  /** An empty folder on the disk of the build. */
  scratch: string;
  manifest: Manifest;
  videos: readonly VideoRecord[];
  extractors: CheckedExtractors;
  workers?: number | undefined;
  runner?: JobRunner | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: StageProgress) => void) | undefined;
}

const OTHER_MODEL = 'this version or model makes features of another recipe';

/**
 * Makes items again, and compares the bytes.
 * @throws BAD_FORMAT where manifest and dataset.jsonl do not belong together; what opening a model throws; ABORTED
 */
export async function recreate(items: readonly ManifestItem[], task: Recreation): Promise<Mismatch[]> {
  const { scratch, signal, onProgress } = task;
  const jobs = await jobsOf(items, task);
  const { failed } = await runJobs(runnerOf(task), jobs, [scratch], {
    signal,
    onProgress: (progress) => onProgress?.({ stage: 'making again', ...progress }),
  });
  const failures = new Map(failed.map(({ job, error }) => [job, error]));
  const mismatches: Mismatch[] = [];
  for (const [i, item] of items.entries()) {
    const { video, condition, outputs } = item;
    const about = { what: 'output', video, condition } as const;
    const error = failures.get(jobs[i]!);
    if (error) {
      const { path } = outputs[0]!;
      mismatches.push({ ...about, path, problem: 'failed', message: error.message });
      continue;
    }
    for (const output of outputs) {
      const found = await hashIfThere(fileAt(scratch, output), signal);
      if (found === output.sha256) continue;
      const { path, sha256: expected } = output;
      const differs = { ...about, path, problem: 'differs', expected } as const;
      mismatches.push(found === undefined ? { ...differs, message: OTHER_MODEL } : { ...differs, found });
    }
  }
  return mismatches;
}

async function jobsOf(
  items: readonly ManifestItem[],
  { root, scratch, manifest, videos, extractors }: Recreation,
): Promise<(ExtractJob | CorruptJob)[]> {
  const resolved = items.some(({ kind }) => kind === 'features')
    ? await resolveExtractors(extractors)
    : undefined;
  const known = new Map(videos.map((video) => [video.id, video]));
  return items.map(({ kind, video: id, modality, condition: name }) => {
    const video = known.get(id);
    const condition = manifest.conditions[name];
    if (!video || !condition) {
      throw new RobustaError('BAD_FORMAT', `the manifest does not say what ${id} ${name} is`, {
        hint: 'build again: the manifest is written anew',
      });
    }
    if (kind === 'media') {
      return mediaJob(root, scratch, manifest.media!.crf, video, condition as Corruption);
    }
    const { path, sha256, frames } = video;
    return {
      kind: 'extract',
      video: { id, path: join(root, path), sha256, frames },
      modality,
      extractor: resolved![modality],
      conditions: [condition],
      workspace: scratch,
    };
  });
}
