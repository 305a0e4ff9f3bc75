import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { RobustaError } from '@robusta/core';
import { Piscina } from 'piscina';
import type { Job } from './job.js';
import type { Outcome } from './worker.js';

/** How long a job may take to stop by itself, milliseconds. */
const GRACE = 5000;

/** Threads that do jobs, kept from one job to the next. */
export interface ThreadPool {
  /**
   * Does a job on the next free thread. A thread that dies answers for the job it was at, and a new one takes its place.
   * @param signal - asks the job to stop; one that does not within five seconds is ended with its thread
   */
  run(job: Job, signal?: AbortSignal): Promise<Outcome>;
  /** Ends the threads. */
  destroy(): Promise<void>;
}

/**
 * Jobs whose extractor is a network share one more thread: a network uses all cores by itself, and ONNX Runtime in many
 * threads of one process takes the memory of a model for each, and is known to crash. One job at a time, so that what a
 * batch holds, and with it the last digit of a feature, does not depend on who comes first.
 * @param threads - jobs at a time
 * @param entry - file that a thread runs, in place of the one that knows the jobs of this package
 */
export function createThreadPool(threads: number, entry = workerFile()): ThreadPool {
  const open = (count: number) =>
    new Piscina({ filename: entry, minThreads: count, maxThreads: count, execArgv: [] });
  let plain: Piscina | undefined;
  let networks: Piscina | undefined;
  const poolOf = (job: Job) => {
    if (job.kind === 'extract' && job.extractor !== 'lite') return (networks ??= open(1));
    return (plain ??= open(threads));
  };
  let timer: NodeJS.Timeout | undefined;
  const destroy = async () => {
    clearTimeout(timer);
    await Promise.all([plain?.destroy(), networks?.destroy()]);
  };
  return {
    async run(job, signal) {
      const { port1, port2 } = new MessageChannel();
      const stop = () => {
        port1.postMessage('stop');
        timer ??= setTimeout(() => void destroy(), GRACE);
      };
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop, { once: true });
      try {
        return (await poolOf(job).run({ job, stop: port2 }, { transferList: [port2] })) as Outcome;
      } catch (error) {
        return died(error);
      } finally {
        signal?.removeEventListener('abort', stop);
        port1.close();
      }
    },
    destroy,
  };
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
