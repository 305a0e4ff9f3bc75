import { type QueueStatus, queueStatus } from '@robusta/benchmark';
import type { Command } from 'commander';
import type { Run } from '../main.js';
import { defined } from '../parse.js';
import { describe } from './worker.js';

/** `robusta queue`: what is in a queue, and what was set aside. */
export function addQueue(program: Command, run: Run): void {
  program
    .command('queue')
    .description('Look at the queue of a run that several machines work on.')
    .command('status')
    .description('Workers, waiting and finished jobs, and the jobs that failed three times.')
    .requiredOption('--queue <url>', 'Redis server, e.g. redis://host:6379')
    .option('--name <queue>', 'name of the queue on the server (default: robusta)')
    .option('--json', 'print one JSON object on stdout')
    .addHelpText('after', '\nExample:\n  $ robusta queue status --queue redis://server:6379')
    .action(
      run(async ({ terminal }, flags: { queue: string; name?: string; json?: boolean }) => {
        const status = await queueStatus({ url: flags.queue, ...defined({ queue: flags.name }) });
        terminal.out(`${flags.json ? JSON.stringify(status) : statusText(status)}\n`);
        return undefined;
      }),
    );
}

const SHOWN = 20;

function statusText({ queue, workers, waiting, active, delayed, completed, failed }: QueueStatus): string {
  const lines = [
    `queue      ${queue}`,
    `workers    ${workers}${workers === 0 && waiting > 0 ? '  (start one: robusta worker --queue …)' : ''}`,
    `waiting    ${waiting}`,
    `active     ${active}`,
    `delayed    ${delayed}  (until their next attempt)`,
    `completed  ${completed}  (last day)`,
    `set aside  ${failed.length}  (last week)`,
    ...failed.slice(0, SHOWN).map(({ job, error }) => `- ${describe(job)}: ${error.message}`),
  ];
  if (failed.length > SHOWN) lines.push(`… and ${failed.length - SHOWN} more: --json shows up to 1,000`);
  return lines.join('\n');
}
