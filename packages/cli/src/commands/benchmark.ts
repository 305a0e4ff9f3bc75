import { resolve } from 'node:path';
import type { BenchmarkConfig } from '@robusta/benchmark';
import type { Command } from 'commander';
import type { Run } from '../main.js';
import { addRunOptions, configOf, type RunFlags, runAndReport } from './run-options.js';

/** `robusta benchmark`: the main job on a dataset of the user. */
export function addBenchmark(program: Command, run: Run): void {
  const command = program
    .command('benchmark')
    .description('Corrupt, extract, train on clean data, fuse and measure: AP for each corruption and level.')
    .requiredOption('--dataset <name>', 'xd-violence (a folder laid out like it)')
    .requiredOption('--root <dir>', 'folder of the dataset: videos/train, videos/test, annotations.txt')
    .requiredOption('--workspace <dir>', 'folder for features, models and results; run again to go on');
  addRunOptions(command)
    .addHelpText(
      'after',
      `
Example:
  $ robusta benchmark --dataset xd-violence --root ./xd-violence --workspace ./run1 --severity 3`,
    )
    .action(
      run(async (context, flags: RunFlags & { dataset: string; root: string; workspace: string }) =>
        runAndReport(
          context,
          {
            ...configOf(flags),
            dataset: flags.dataset as BenchmarkConfig['dataset'],
            root: resolve(flags.root),
            workspace: resolve(flags.workspace),
          },
          flags,
        ),
      ),
    );
}
