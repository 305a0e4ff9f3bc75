import type { WireError } from '@robusta/core';
import { Queue } from 'bullmq';
import type { Job } from '../jobs/job.js';
import { connectionTo, parseAddress, type QueueAddress } from './connection.js';
import { decodeFailure } from './queued-job.js';

/** What is in a queue. */
export interface QueueStatus {
  queue: string;
  /** Processes that take jobs. */
  workers: number;
  waiting: number;
  active: number;
  /** Jobs that wait for their next attempt. */
  delayed: number;
  /** Of the last day. */
  completed: number;
  /** Jobs that were set aside in the last week, newest first, at most 1,000. */
  failed: { job: Job; error: WireError }[];
}

/**
 * Looks at a queue.
 * @throws BAD_OPTION, QUEUE_UNAVAILABLE
 */
export async function queueStatus(address: QueueAddress): Promise<QueueStatus> {
  const { url, queue: name } = parseAddress(address, 'queueStatus');
  const queue = new Queue<Job>(name, { connection: await connectionTo(url) });
  queue.on('error', () => {});
  try {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'completed');
    const { waiting = 0, active = 0, delayed = 0, completed = 0 } = counts;
    const failed = await queue.getFailed(0, 999);
    return {
      queue: name,
      workers: await queue.getWorkersCount(),
      waiting,
      active,
      delayed,
      completed,
      failed: failed.map(({ data, failedReason }) => ({ job: data, error: decodeFailure(failedReason) })),
    };
  } finally {
    await queue.close();
  }
}
