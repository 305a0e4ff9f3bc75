import { resolveConfig } from '@robusta/benchmark';
import type { Command } from 'commander';
import type { Run } from '../main.js';
import { addFlags, layerOf, RUN_FLAGS } from './run-flags.js';
import { runAndReport } from './run-options.js';

/** `robusta demo`: the main job on a synthetic dataset that is made on the spot. */
export function addDemo(program: Command, run: Run): void {
  const command = program
    .command('demo')
    .description('Make a small synthetic audio-visual dataset and run the whole benchmark on it.');
  addFlags(command, RUN_FLAGS)
    .addHelpText(
      'after',
      `
The workspace is ./robusta-demo unless another one is named.

Example:
  $ robusta demo --workspace ./robusta-demo`,
    )
    .action(
      run(async (context, flags: Record<string, unknown>) =>
        runAndReport(context, resolveConfig({ preset: 'demo', workspace: 'robusta-demo' }, layerOf(flags))),
      ),
    );
}
