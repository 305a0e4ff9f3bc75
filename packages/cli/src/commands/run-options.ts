import { join } from 'node:path';
import {
  type BenchmarkConfig,
  claimWorkspace,
  createSyntheticDataset,
  type ResolvedConfig,
  type RunOptions,
  runBenchmarks,
} from '@robusta/benchmark';
import { type BenchmarkResult, RobustaError } from '@robusta/core';
import { EXIT } from '../exit.js';
import type { Context } from '../main.js';
import { createProgress, type ProgressView } from '../progress.js';
import { queueRunner } from '../queue-runner.js';
import { checkShown, showResults } from './show-results.js';

/** Runs the benchmark with progress, writes its reports and prints the tables. */
export async function runAndReport(context: Context, resolved: ResolvedConfig): Promise<number> {
  const { config, run, show } = resolved;
  checkShown(show);
  const onOtherConfig = run.newRun ? 'beside' : 'refuse';
  // Before hours of work, and before videos are made.
  const { isOwner } = await claimWorkspace(config, onOtherConfig);
  const progress = createProgress(context.terminal);
  let results: BenchmarkResult[];
  try {
    await makeDataset(config, context, progress);
    const options: RunOptions = {
      onOtherConfig,
      signal: context.signal,
      onProgress: (step) => progress.update(step),
      onProblem: ({ video, message }) => progress.note(`warning: ${video}: ${message}`),
    };
    if (run.workers !== undefined) options.workers = run.workers;
    if (run.queue !== undefined) options.runner = queueRunner(run.queue, run.queueName, progress);
    results = await runBenchmarks(config, options);
  } finally {
    progress.stop();
  }
  await showResults(context, results, { workspace: config.workspace, isOwner, show });
  const skipped = results[0]!.skipped;
  return skipped.length > 0 && !run.keepGoing ? partialFailure(skipped) : EXIT.done;
}

/** The synthetic dataset is made where it is missing, if it is that of the workspace. */
async function makeDataset(
  { dataset, root, workspace }: BenchmarkConfig,
  { signal }: Context,
  progress: ProgressView,
): Promise<void> {
  if (dataset !== 'synthetic' || root !== join(workspace, 'dataset')) return;
  await createSyntheticDataset(root, {
    signal,
    onProgress: (step) => progress.update({ stage: 'making videos', ...step }),
  });
}

function partialFailure(skipped: BenchmarkResult['skipped']): never {
  const names = skipped.slice(0, 5).map(({ video }) => video);
  throw new RobustaError(
    'PARTIAL_FAILURE',
    `${skipped.length} video${skipped.length === 1 ? ' was' : 's were'} skipped: ${names.join(', ')}${skipped.length > 5 ? ', …' : ''}`,
    {
      hint: 'mend or remove them and run the same command again (only they are done), or accept it with --keep-going',
    },
  );
}
