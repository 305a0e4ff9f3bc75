import type { RobustaError } from '@robusta/core';
import type { Progress } from '../options.js';
import type { Job, JobResult } from './job.js';

/** A job that failed; the others went on. */
export interface FailedJob<J extends Job = Job> {
  job: J;
  error: RobustaError;
}

/** A job that was done, and what it returned. */
export interface DoneJob<J extends Job = Job> {
  job: J;
  result: JobResult<J>;
}

/** Options of {@link JobRunner.run}. */
export interface RunJobsOptions<J extends Job = Job> {
  /** Stops the jobs under way; nothing half-written is left. */
  signal?: AbortSignal;
  /** Called after each job, done or failed. */
  onProgress?: (progress: Progress) => void;
  /** Called for each job that fails, when it does. */
  onFailure?: (failure: FailedJob<J>) => void;
}

/** Does jobs somewhere: in threads of this machine, or on others. The number of workers never changes the results. */
export interface JobRunner {
  /**
   * Does all jobs, in any order. One that fails does not stop the others.
   * @returns both lists in the order of the jobs
   * @throws ABORTED
   */
  run<J extends Job>(
    jobs: readonly J[],
    options?: RunJobsOptions<J>,
  ): Promise<{ done: DoneJob<J>[]; failed: FailedJob<J>[] }>;
}
