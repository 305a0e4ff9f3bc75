import { sep } from 'node:path';
import type { RobustaError } from '@robusta/core';
import { FILES_AT_A_TIME, mapConcurrent } from '../dataset/concurrent.js';
import type { Progress } from '../options.js';
import { findMedia } from './corrupt.js';
import { isDone } from './is-done.js';
import type { Job } from './job.js';
import type { DoneJob, FailedJob, JobRunner } from './runner.js';

/** Whether a failure is that of writing into one of the folders: then the next job would meet the same. */
function isOfWriting({ details }: RobustaError, folders: readonly string[]): boolean {
  const path = details?.path;
  return typeof path === 'string' && folders.some((folder) => path.startsWith(folder + sep));
}

/** Whether the files of a job are there already: to find that out here is faster than to start a thread for it. */
async function isThere(job: Job): Promise<boolean> {
  if (job.kind === 'extract') return isDone(job);
  return job.kind === 'corrupt' && job.inputSha256 !== undefined && (await findMedia(job)) !== undefined;
}

/**
 * Does all jobs whose files are not there; what concerns single files becomes a failed job.
 * @returns of the jobs that were done or failed now
 * @param folders - absolute, that the jobs write into and nothing is read from
 * @throws DISK_FULL and other failures of the folders; ABORTED
 */
export async function runJobs<J extends Job>(
  runner: JobRunner,
  jobs: readonly J[],
  folders: readonly string[],
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: (progress: Progress) => void },
): Promise<{ done: DoneJob<J>[]; failed: FailedJob<J>[] }> {
  const there = await mapConcurrent(jobs, FILES_AT_A_TIME, isThere, signal);
  const rest = jobs.filter((_, i) => !there[i]);
  const ready = jobs.length - rest.length;
  if (ready > 0) onProgress?.({ done: ready, total: jobs.length });
  const fatal = new AbortController();
  return runner
    .run(rest, {
      signal: signal ? AbortSignal.any([signal, fatal.signal]) : fatal.signal,
      onProgress: (step) => onProgress?.({ ...step, done: step.done + ready, total: jobs.length }),
      onFailure: ({ error }) => {
        if (isOfWriting(error, folders)) fatal.abort(error);
      },
    })
    .catch((error) => {
      throw fatal.signal.aborted ? fatal.signal.reason : error;
    });
}
