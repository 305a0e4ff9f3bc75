import { runExtractJob } from './extract.js';
import type { Job, JobResult } from './job.js';
import { runRenderJob } from './render.js';

/** Runs a job of any kind here and now. */
export async function runJob<J extends Job>(
  job: J,
  options: { signal?: AbortSignal } = {},
): Promise<JobResult<J>> {
  const result = job.kind === 'extract' ? runExtractJob(job, options) : runRenderJob(job, options);
  return (await result) as JobResult<J>;
}
