import { parseOptions, RobustaError, throwIfAborted } from '@robusta/core';
import { Queue, Job as QueuedJob, QueueEvents } from 'bullmq';
import { z } from 'zod';
import type { Job } from '../jobs/job.js';
import { sortOutcomes } from '../jobs/local-runner.js';
import type { DoneJob, FailedJob, JobRunner, RunJobsOptions } from '../jobs/runner.js';
import type { Outcome } from '../jobs/worker.js';
import { callbackOption } from '../options.js';
import { connectionTo, QueueAddressSchema } from './connection.js';
import { decodeFailure, jobOptions, queueId } from './queued-job.js';

/** Checks {@link QueueRunnerOptions}. */
export const QueueRunnerOptionsSchema = QueueAddressSchema.extend({
  retrySeconds: z.number().positive().default(1).describe('before the second attempt; doubles each time'),
  checkSeconds: z
    .number()
    .positive()
    .default(5)
    .describe('between looks at the queue itself, which find what a restarted server has forgotten'),
  onNotice: callbackOption<(message: string) => void>()
    .optional()
    .describe('called when the work cannot go on by itself, e.g. because no worker is there'),
});

/** Options of {@link createQueueRunner}; see {@link QueueRunnerOptionsSchema}. */
export type QueueRunnerOptions = z.input<typeof QueueRunnerOptionsSchema>;

type CheckedOptions = z.output<typeof QueueRunnerOptionsSchema>;

/** Jobs added or looked up with one call of the server. */
const CHUNK = 500;

/**
 * A runner whose jobs are done by {@link runQueueWorker} on any machines that see the same files under the same paths.
 * A worker that dies gives its job back; a server that forgets its queue is filled again. What is done already is on
 * the disk, so a job that runs twice costs little and changes nothing.
 * @throws BAD_OPTION; `run` throws QUEUE_UNAVAILABLE if the server does not answer at first, and ABORTED
 */
export function createQueueRunner(options: QueueRunnerOptions): JobRunner {
  const checked = parseOptions(QueueRunnerOptionsSchema, options, 'createQueueRunner');
  return { run: (jobs, runOptions = {}) => runInQueue(jobs, checked, runOptions) };
}

async function runInQueue<J extends Job>(
  jobs: readonly J[],
  { url, queue: name, retrySeconds, checkSeconds, onNotice }: CheckedOptions,
  { signal, onProgress, onFailure }: RunJobsOptions<J>,
): Promise<{ done: DoneJob<J>[]; failed: FailedJob<J>[] }> {
  throwIfAborted(signal);
  if (jobs.length === 0) return { done: [], failed: [] };
  const connection = await connectionTo(url);
  const queue = new Queue<Job>(name, { connection });
  const events = new QueueEvents(name, { connection });
  // A lost connection comes back by itself; the checks below find what was missed.
  queue.on('error', () => {});
  events.on('error', () => {});

  const pending = new Map<string, number[]>();
  jobs.forEach((job, index) => {
    const id = queueId(job);
    pending.set(id, [...(pending.get(id) ?? []), index]);
  });
  const outcomes = new Array<Outcome>(jobs.length);
  let finished = 0;
  let failures = 0;
  let finish!: () => void;
  let fail!: (error: unknown) => void;
  const all = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const settle = (id: string, outcome: Outcome) => {
    const indices = pending.get(id);
    if (!indices) return;
    pending.delete(id);
    try {
      for (const index of indices) {
        outcomes[index] = outcome;
        if (!outcome.ok) {
          failures++;
          const { failed } = sortOutcomes([jobs[index]!], [outcome]);
          onFailure?.(failed[0]!);
        }
        onProgress?.({ done: ++finished, total: jobs.length, failed: failures });
      }
    } catch (error) {
      fail(error);
    }
    if (pending.size === 0) finish();
  };
  events.on('completed', ({ jobId, returnvalue }) => settle(jobId, { ok: true, result: returnvalue }));
  events.on('failed', ({ jobId, failedReason }) =>
    settle(jobId, { ok: false, error: decodeFailure(failedReason) }),
  );

  const add = async (ids: readonly string[]) => {
    await queue.addBulk(
      ids.map((id) => ({
        name: jobs[pending.get(id)![0]!]!.kind,
        data: jobs[pending.get(id)![0]!]!,
        opts: jobOptions(id, retrySeconds),
      })),
    );
  };
  const lookUp = (ids: readonly string[]) => Promise.all(ids.map((id) => QueuedJob.fromId(queue, id)));
  /** What earlier calls have left finished is asked for anew; what others wait for is shared with them. */
  const enqueue = async () => {
    for (const ids of chunks([...pending.keys()])) {
      throwIfAborted(signal);
      const known = await lookUp(ids);
      await Promise.all(known.map((job) => (job?.finishedOn ? job.remove() : undefined)));
      await add(ids);
    }
  };
  const check = async () => {
    const { waiting = 0, active = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'active', 'delayed');
    if (waiting + active + delayed > 0) {
      if ((await queue.getWorkersCount()) === 0) onNotice?.(`no worker is at the queue "${name}"`);
      return;
    }
    for (const ids of chunks([...pending.keys()])) {
      const known = await lookUp(ids);
      const forgotten = ids.filter((id, i) => pending.has(id) && !known[i]);
      if (forgotten.length > 0) await add(forgotten);
      for (const job of known) {
        if (!job?.finishedOn) continue;
        const outcome: Outcome = job.failedReason
          ? { ok: false, error: decodeFailure(job.failedReason) }
          : { ok: true, result: job.returnvalue };
        settle(job.id!, outcome);
      }
    }
  };

  let isChecking = false;
  const timer = setInterval(async () => {
    if (isChecking) return;
    isChecking = true;
    await check().catch(fail);
    isChecking = false;
  }, 1000 * checkSeconds);
  const abort = () => fail(new RobustaError('ABORTED', 'stopped', { cause: signal?.reason }));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await events.waitUntilReady();
    await Promise.race([enqueue().then(() => all), all]);
  } catch (error) {
    // What no worker has begun is taken back; what is under way is finished by its worker.
    await withdraw(queue, [...pending.keys()]);
    throwIfAborted(signal);
    throw error;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', abort);
    await Promise.allSettled([events.close(), queue.close()]);
  }
  return sortOutcomes(jobs, outcomes);
}

/** Does not wait for a server that is gone. */
async function withdraw(queue: Queue<Job>, ids: readonly string[]): Promise<void> {
  const removal = Promise.allSettled(ids.map((id) => queue.remove(id)));
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, 2000);
  });
  await Promise.race([removal, patience]);
  clearTimeout(timer);
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += CHUNK) yield items.slice(start, start + CHUNK);
}
