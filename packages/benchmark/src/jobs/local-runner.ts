import { availableParallelism } from 'node:os';
import { fromWire, parseOptions, throwIfAborted } from '@robusta/core';
import { z } from 'zod';
import type { Job, JobResult } from './job.js';
import type { DoneJob, FailedJob, JobRunner, RunJobsOptions } from './runner.js';
import { createThreadPool } from './thread-pool.js';
import type { Outcome } from './worker.js';

const OptionsSchema = z.strictObject({
  workers: z.number().int().min(1).max(256).optional(),
  entry: z.string().optional(),
});

/** Options of {@link createLocalRunner}. */
export interface LocalRunnerOptions {
  /** Threads. Default: the processor cores that this process may use. */
  workers?: number;
  /** File that a thread runs, in place of the one that knows the jobs of this package. */
  entry?: string;
}

/**
 * A runner on worker threads of this process. Threads live as long as a call of `run`. A thread that dies fails the job
 * it was at, and a new one takes its place.
 * @throws BAD_OPTION
 */
export function createLocalRunner(options: LocalRunnerOptions = {}): JobRunner {
  const { workers = availableParallelism(), entry } = parseOptions(
    OptionsSchema,
    options,
    'createLocalRunner',
  );
  return { run: (jobs, runOptions = {}) => runOnThreads(jobs, workers, entry, runOptions) };
}

/** The runner that a caller hands over, else one on threads of this process. */
export function runnerOf({
  runner,
  workers,
}: {
  runner?: JobRunner | undefined;
  workers?: number | undefined;
}): JobRunner {
  return runner ?? createLocalRunner(workers === undefined ? {} : { workers });
}

async function runOnThreads<J extends Job>(
  jobs: readonly J[],
  workers: number,
  entry: string | undefined,
  { signal, onProgress, onFailure }: RunJobsOptions<J>,
): Promise<{ done: DoneJob<J>[]; failed: FailedJob<J>[] }> {
  throwIfAborted(signal);
  if (jobs.length === 0) return { done: [], failed: [] };
  const threads = Math.min(workers, jobs.length);
  const pool = createThreadPool(threads, entry);
  const outcomes = new Array<Outcome>(jobs.length);
  let next = 0;
  let finished = 0;
  let failed = 0;

  const lane = async () => {
    while (next < jobs.length && !signal?.aborted) {
      const index = next++;
      const job = jobs[index]!;
      const outcome = await pool.run(job, signal);
      if (signal?.aborted) return;
      outcomes[index] = outcome;
      finished++;
      if (!outcome.ok) {
        failed++;
        onFailure?.({ job, error: fromWire(outcome.error) });
      }
      // A thread that has finished takes the next job at once.
      const running = Math.min(threads, jobs.length - finished);
      onProgress?.({ done: finished, total: jobs.length, running, failed });
    }
  };

  try {
    await Promise.all(Array.from({ length: threads }, lane));
  } finally {
    await pool.destroy();
  }
  throwIfAborted(signal);
  return sortOutcomes(jobs, outcomes);
}

/** Both lists, in the order of the jobs. */
export function sortOutcomes<J extends Job>(
  jobs: readonly J[],
  outcomes: readonly Outcome[],
): { done: DoneJob<J>[]; failed: FailedJob<J>[] } {
  const done: DoneJob<J>[] = [];
  const failed: FailedJob<J>[] = [];
  jobs.forEach((job, index) => {
    const outcome = outcomes[index]!;
    if (outcome.ok) done.push({ job, result: outcome.result as JobResult<J> });
    else failed.push({ job, error: fromWire(outcome.error) });
  });
  return { done, failed };
}
