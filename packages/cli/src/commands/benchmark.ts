import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigFile, configJsonSchema, readConfigFile, resolveConfig } from '@robusta/benchmark';
import type { Command } from 'commander';
import type { Run } from '../main.js';
import { addFlags, layerOf, PLACE_FLAGS, RUN_FLAGS } from './run-flags.js';
import { runAndReport } from './run-options.js';

interface BenchmarkFlags extends Record<string, unknown> {
  config?: string;
  schema?: boolean;
}

/** `robusta benchmark`: the main job on a dataset of the user. */
export function addBenchmark(program: Command, run: Run): void {
  const command = program
    .command('benchmark')
    .description('Corrupt, extract, train on clean data, fuse and measure: AP for each corruption and level.')
    .option('--config <file>', 'robusta.json; flags are put over it')
    .option('--schema', 'print the JSON Schema of that file and do nothing else');
  addFlags(command, PLACE_FLAGS);
  addFlags(command, RUN_FLAGS)
    .addHelpText(
      'after',
      `
Without --config, --preset and --dataset, the run of the workspace is done again or shown.
A workspace with results of another configuration is refused, unless --new-run puts a run beside them.

Examples:
  $ robusta benchmark --dataset xd-violence --root ./xd-violence --workspace ./run1 --severity 3
  $ robusta benchmark --preset paper --config robusta.json
  $ robusta benchmark --workspace ./run1 --table I --figure 4`,
    )
    .action(
      run(async (context, flags: BenchmarkFlags) => {
        if (flags.schema) {
          context.terminal.out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
          return undefined;
        }
        const layer = layerOf(flags);
        return runAndReport(context, resolveConfig(await fileOf(flags.config, layer), layer));
      }),
    );
}

/** The configuration that flags are put over: the named one, else that of the workspace if they name no other. */
async function fileOf(path: string | undefined, flags: ConfigFile): Promise<ConfigFile> {
  if (path !== undefined) return readConfigFile(path);
  const { workspace, preset, dataset } = flags;
  if (workspace === undefined || preset !== undefined || dataset !== undefined) return {};
  const own = join(workspace, 'robusta.json');
  return existsSync(own) ? readConfigFile(own) : {};
}
