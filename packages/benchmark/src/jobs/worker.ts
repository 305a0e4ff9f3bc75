import type { MessagePort } from 'node:worker_threads';
import { toWire, type WireError } from '@robusta/core';
import type { Job } from './job.js';
import { runJob } from './run-job.js';

/** What the thread is given: a job, and a port on which any message means "stop". */
export interface WorkerTask {
  job: Job;
  stop: MessagePort;
}

/** What a worker answers. */
export type Outcome<R = unknown> = { ok: true; result: R } | { ok: false; error: WireError };

/** Entry of a worker thread. Never throws: errors go back as data. */
export default async function work({ job, stop }: WorkerTask): Promise<Outcome> {
  const controller = new AbortController();
  stop.once('message', () => controller.abort());
  try {
    return { ok: true, result: await runJob(job, { signal: controller.signal }) };
  } catch (error) {
    return { ok: false, error: toWire(error) };
  } finally {
    stop.close();
  }
}
