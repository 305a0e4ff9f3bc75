import type { CorruptJob, CorruptResult } from './corrupt-job.js';
import type { ExtractJob, ExtractResult } from './extract-job.js';
import type { RenderJob, RenderResult } from './render-job.js';

/** Work for a {@link JobRunner}: JSON, so that any worker on any machine can do it. */
export type Job = ExtractJob | RenderJob | CorruptJob;

/** What a job returns. */
export type JobResult<J extends Job> = J extends ExtractJob
  ? ExtractResult
  : J extends RenderJob
    ? RenderResult
    : J extends CorruptJob
      ? CorruptResult
      : never;
