import { sep } from 'node:path';
import type { RobustaError } from '@robusta/core';
import type { Progress } from '../options.js';
import type { Job } from './job.js';
import type { DoneJob, FailedJob, JobRunner } from './runner.js';

/** Whether a failure is that of writing into one of the folders: then the next job would meet the same. */
function isOfWriting({ details }: RobustaError, folders: readonly string[]): boolean {
  const path = details?.path;
  return typeof path === 'string' && folders.some((folder) => path.startsWith(folder + sep));
}

/**
 * Does all jobs; what concerns single files becomes a failed job.
 * @param folders - absolute, that the jobs write into and nothing is read from
 * @throws DISK_FULL and other failures of the folders; ABORTED
 */
export async function runJobs<J extends Job>(
  runner: JobRunner,
  jobs: readonly J[],
  folders: readonly string[],
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: (progress: Progress) => void },
): Promise<{ done: DoneJob<J>[]; failed: FailedJob<J>[] }> {
  const fatal = new AbortController();
  return runner
    .run(jobs, {
      signal: signal ? AbortSignal.any([signal, fatal.signal]) : fatal.signal,
      ...(onProgress ? { onProgress } : {}),
      onFailure: ({ error }) => {
        if (isOfWriting(error, folders)) fatal.abort(error);
      },
    })
    .catch((error) => {
      throw fatal.signal.aborted ? fatal.signal.reason : error;
    });
}
