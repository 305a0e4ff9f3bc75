import { availableParallelism } from 'node:os';
import { type Job, runQueueWorker } from '@robusta/benchmark';
import type { Command } from 'commander';
import type { Run } from '../main.js';
import { defined, integer } from '../parse.js';

interface WorkerFlags {
  queue: string;
  name?: string;
  concurrency?: number;
  lockSeconds?: number;
}

/** `robusta worker`: does the jobs of a run that another machine has started with --queue. */
export function addWorker(program: Command, run: Run): void {
  program
    .command('worker')
    .description('Do the jobs of runs started with --queue, until Ctrl-C gives the job in hand back.')
    .requiredOption('--queue <url>', 'Redis server, e.g. redis://host:6379')
    .option('--name <queue>', 'name of the queue on the server (default: robusta)')
    .option('--concurrency <n>', 'jobs at a time (default: one a core)', integer)
    .option(
      '--lock-seconds <n>',
      'silence after which a worker is taken for dead and its job given to another (default: 30)',
      integer,
    )
    .addHelpText(
      'after',
      `
The videos and the workspace must lie under the same paths here as where the run was started, e.g. on a
network drive mounted alike. A worker can be killed at any time: another one does its job.

Example:
  $ robusta worker --queue redis://server:6379
  $ robusta benchmark --dataset xd-violence --root /data/xd --workspace /data/run1 --queue redis://server:6379`,
    )
    .action(
      run(async ({ terminal, signal }, { queue, name, concurrency, lockSeconds }: WorkerFlags) => {
        let done = 0;
        await runQueueWorker({
          url: queue,
          ...defined({ queue: name, concurrency, lockSeconds }),
          signal,
          onReady: () => {
            const at = concurrency ?? availableParallelism();
            terminal.err(`ready for ${at} job${at === 1 ? '' : 's'} at a time; Ctrl-C stops\n`);
          },
          onDone: ({ job }) => terminal.err(`done ${++done}: ${describe(job)}\n`),
          onFailure: ({ job, error, attempt, final }) => {
            const fate = final ? 'set aside' : 'tried again';
            terminal.err(`failed: ${describe(job)} (attempt ${attempt}, ${fate}): ${error.message}\n`);
          },
        });
        terminal.err(`stopped after ${done} job${done === 1 ? '' : 's'}\n`);
        return undefined;
      }),
    );
}

/** A job in a few words. */
export function describe(job: Job): string {
  if (job.kind === 'extract') return `${job.modality} features of ${job.video.id}`;
  if (job.kind === 'render') return `rendering ${job.output}`;
  return `corrupting ${job.input}`;
}
