import { toWire, type WireError } from '@robusta/core';
import type { JobsOptions } from 'bullmq';
import type { Job } from '../jobs/job.js';
import { sha256 } from '../run/fingerprint.js';

/** Times that a job is tried, and times that a worker may vanish while it is at it, before it is set aside. */
export const ATTEMPTS = 3;

/** The id of a job in a queue: equal payloads are one job, whoever asks for them. */
export function queueId(job: Job): string {
  return `job-${sha256(job).slice(0, 32)}`;
}

/** How the queue treats a job. What is finished stays for a day, so that its outcome can be asked for. */
export function jobOptions(jobId: string, retrySeconds: number): JobsOptions {
  const day = 86_400;
  return {
    jobId,
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: 1000 * retrySeconds },
    removeOnComplete: { age: day },
    removeOnFail: { age: 7 * day },
    stackTraceLimit: 1,
  };
}

/** The queue keeps but the message of an error, so the whole error goes into it. */
export function encodeFailure(error: unknown): Error {
  return new Error(JSON.stringify(toWire(error)));
}

/** The error of a job that was set aside; BullMQ's own reasons are plain text. */
export function decodeFailure(reason: string | undefined): WireError {
  try {
    const { code, message, hint, details } = JSON.parse(reason ?? '');
    if (typeof code === 'string' && typeof message === 'string') {
      return { code, message, ...(hint && { hint }), ...(details && { details }) } as WireError;
    }
  } catch {
    // Not of a robusta worker.
  }
  return {
    code: 'INTERNAL',
    message: `the queue set the job aside: ${reason ?? 'no reason is given'}`,
    hint: 'its workers died at it: the file is probably damaged, or their memory short',
  };
}
