import { availableParallelism } from 'node:os';
import { fromWire, parseOptions, throwIfAborted } from '@robusta/core';
import { DelayedError, Worker } from 'bullmq';
import { z } from 'zod';
import type { Job } from '../jobs/job.js';
import type { DoneJob, FailedJob } from '../jobs/runner.js';
import { createThreadPool } from '../jobs/thread-pool.js';
import { callbackOption, SignalOption } from '../options.js';
import { connectionTo, QueueAddressSchema } from './connection.js';
import { ATTEMPTS, encodeFailure } from './queued-job.js';

/** Checks {@link QueueWorkerOptions}. */
export const QueueWorkerOptionsSchema = QueueAddressSchema.extend({
  concurrency: z
    .number()
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('jobs at a time; default: the processor cores that this process may use'),
  lockSeconds: z
    .number()
    .positive()
    .default(30)
    .describe('a worker that is not heard of for so long is taken for dead, and its job given to another'),
  signal: SignalOption.optional(),
  onDone: callbackOption<(job: DoneJob) => void>().optional().describe('called for each job that is done'),
  onFailure: callbackOption<(job: FailedJob & { attempt: number; final: boolean }) => void>()
    .optional()
    .describe('called for each attempt that fails; `final` when the job is set aside'),
  onReady: callbackOption<() => void>().optional(),
});

/** Options of {@link runQueueWorker}; see {@link QueueWorkerOptionsSchema}. */
export type QueueWorkerOptions = z.input<typeof QueueWorkerOptionsSchema>;

/**
 * Does the jobs of a queue on threads of this process until the signal stops it; a job that is under way then goes back
 * to the queue. The files that jobs name must lie under the same paths here as where the jobs come from. Survives
 * restarts of the server.
 * @throws BAD_OPTION, QUEUE_UNAVAILABLE if the server does not answer at first
 */
export async function runQueueWorker(options: QueueWorkerOptions): Promise<void> {
  const { url, queue, signal, lockSeconds, onDone, onFailure, onReady, ...rest } = parseOptions(
    QueueWorkerOptionsSchema,
    options,
    'runQueueWorker',
  );
  throwIfAborted(signal);
  const concurrency = rest.concurrency ?? availableParallelism();
  const connection = await connectionTo(url);
  const pool = createThreadPool(concurrency);
  const worker = new Worker<Job>(
    queue,
    async (queued, token) => {
      const job = queued.data;
      const outcome = await pool.run(job, signal);
      if (signal?.aborted) {
        await queued.moveToDelayed(Date.now(), token);
        throw new DelayedError();
      }
      if (outcome.ok) {
        onDone?.({ job, result: outcome.result as DoneJob['result'] });
        return outcome.result;
      }
      const error = fromWire(outcome.error);
      const attempt = queued.attemptsMade + 1;
      onFailure?.({ job, error, attempt, final: attempt >= ATTEMPTS });
      throw encodeFailure(error);
    },
    {
      connection,
      concurrency,
      lockDuration: 1000 * lockSeconds,
      stalledInterval: 1000 * lockSeconds,
      maxStalledCount: ATTEMPTS,
    },
  );
  worker.on('error', () => {});
  try {
    await worker.waitUntilReady();
    onReady?.();
    await new Promise<void>((resolve) => {
      if (signal?.aborted) resolve();
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await worker.close();
    await pool.destroy();
  }
}
