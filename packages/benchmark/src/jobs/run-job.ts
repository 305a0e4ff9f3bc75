import { runCorruptJob } from './corrupt.js';
import { runExtractJob } from './extract.js';
import type { Job, JobResult } from './job.js';
import { runRenderJob } from './render.js';

/** Runs a job of any kind here and now. */
export async function runJob<J extends Job>(
  job: J,
  options: { signal?: AbortSignal } = {},
): Promise<JobResult<J>> {
  return (await start(job, options)) as JobResult<J>;
}

function start(job: Job, options: { signal?: AbortSignal }) {
  if (job.kind === 'extract') return runExtractJob(job, options);
  if (job.kind === 'render') return runRenderJob(job, options);
  return runCorruptJob(job, options);
}
