import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { fromWire, parseOptions, RobustaError, throwIfAborted } from '@robusta/core';
import { Piscina } from 'piscina';
import { z } from 'zod';
import type { Job, JobResult } from './job.js';
import type { DoneJob, FailedJob, JobRunner, RunJobsOptions } from './runner.js';
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

/** How long a worker may take to stop by itself, milliseconds. */
const grace = 5000;

/**
 * A runner on worker threads of this process. Threads live as long as a call of `run`. A thread that dies fails the job
 * it was at, and a new one takes its place.
 * @throws BAD_OPTION
 */
export function createLocalRunner(options: LocalRunnerOptions = {}): JobRunner {
  const { workers = availableParallelism(), entry = workerFile() } = parseOptions(
    OptionsSchema,
    options,
    'createLocalRunner',
  );
  return { run: (jobs, runOptions = {}) => runOnThreads(jobs, workers, entry, runOptions) };
}

/** The built worker: threads run plain JavaScript, also where this file runs from its source. */
function workerFile(): string {
  const file = fileURLToPath(
    new URL('./worker.js', import.meta.url.replace(/\/src\/jobs\/[^/]*$/, '/dist/jobs/')),
  );
  if (!existsSync(file)) {
    throw new RobustaError('INTERNAL', `${file} does not exist`, { hint: 'build the package: tsc -b' });
  }
  return file;
}

async function runOnThreads<J extends Job>(
  jobs: readonly J[],
  workers: number,
  filename: string,
  { signal, onProgress, onFailure }: RunJobsOptions<J>,
): Promise<{ done: DoneJob<J>[]; failed: FailedJob<J>[] }> {
  throwIfAborted(signal);
  if (jobs.length === 0) return { done: [], failed: [] };
  const threads = Math.min(workers, jobs.length);
  const pool = new Piscina({ filename, minThreads: threads, maxThreads: threads, execArgv: [] });
  const outcomes = new Array<Outcome>(jobs.length);
  const stops = new Set<() => void>();
  let next = 0;
  let finished = 0;

  const lane = async () => {
    while (next < jobs.length && !signal?.aborted) {
      const index = next++;
      const job = jobs[index]!;
      const { port1, port2 } = new MessageChannel();
      const stop = () => port1.postMessage('stop');
      stops.add(stop);
      try {
        const task: Promise<Outcome> = pool.run({ job, stop: port2 }, { transferList: [port2] });
        outcomes[index] = await task.catch(died);
      } finally {
        stops.delete(stop);
        port1.close();
      }
      if (signal?.aborted) return;
      const outcome = outcomes[index]!;
      if (!outcome.ok) onFailure?.({ job, error: fromWire(outcome.error) });
      onProgress?.({ done: ++finished, total: jobs.length });
    }
  };

  let timer: NodeJS.Timeout | undefined;
  const abort = () => {
    for (const stop of stops) stop();
    timer = setTimeout(() => void pool.destroy(), grace);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Promise.all(Array.from({ length: threads }, lane));
  } finally {
    signal?.removeEventListener('abort', abort);
    clearTimeout(timer);
    await pool.destroy();
  }
  throwIfAborted(signal);

  const done: DoneJob<J>[] = [];
  const failed: FailedJob<J>[] = [];
  jobs.forEach((job, index) => {
    const outcome = outcomes[index]!;
    if (outcome.ok) done.push({ job, result: outcome.result as JobResult<J> });
    else failed.push({ job, error: fromWire(outcome.error) });
  });
  return { done, failed };
}

/** A task is rejected only where its thread has ended, since the worker itself answers with data. */
function died(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  return {
    ok: false,
    error: {
      code: 'INTERNAL',
      message: `the worker thread of this job died: ${message}`,
      hint: 'run again; if it happens with the same job again, its file is probably damaged or memory is short',
    },
  };
}
