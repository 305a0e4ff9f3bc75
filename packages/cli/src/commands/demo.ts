import { join, resolve } from 'node:path';
import { type BenchmarkConfig, BenchmarkConfigSchema, createSyntheticDataset } from '@robusta/benchmark';
import { parseOptions } from '@robusta/core';
import type { Command } from 'commander';
import type { Run } from '../main.js';
import { createProgress } from '../progress.js';
import { addRunOptions, configOf, type RunFlags, runAndReport } from './run-options.js';

/** `robusta demo`: the main job on a synthetic dataset that is made on the spot. */
export function addDemo(program: Command, run: Run): void {
  const command = program
    .command('demo')
    .description('Make a small synthetic audio-visual dataset and run the whole benchmark on it.')
    .option('--workspace <dir>', 'folder for dataset, features, models and results', 'robusta-demo');
  addRunOptions(command)
    .addHelpText('after', '\nExample:\n  $ robusta demo --workspace ./robusta-demo')
    .action(
      run(async (context, flags: RunFlags & { workspace: string }) => {
        const workspace = resolve(flags.workspace);
        const root = join(workspace, 'dataset');
        const config: BenchmarkConfig = { ...configOf(flags), dataset: 'synthetic', root, workspace };
        // Before the videos are made, which takes a minute.
        parseOptions(BenchmarkConfigSchema, config, 'demo');
        const progress = createProgress(context.terminal);
        try {
          await createSyntheticDataset(root, {
            signal: context.signal,
            onProgress: (step) => progress.update({ stage: 'making videos', ...step }),
          });
        } finally {
          progress.stop();
        }
        return runAndReport(context, config, flags);
      }),
    );
}
