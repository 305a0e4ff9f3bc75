import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addBenchmark } from './commands/benchmark.js';
import { addBuild } from './commands/build.js';
import { addCorrupt } from './commands/corrupt.js';
import { addDataset } from './commands/dataset.js';
import { addDemo } from './commands/demo.js';
import { addExtract } from './commands/extract.js';
import { addFeatures } from './commands/features.js';
import { addModels } from './commands/models.js';
import { addQueue } from './commands/queue.js';
import { addReport } from './commands/report.js';
import { addScore } from './commands/score.js';
import { addTrain } from './commands/train.js';
import { addWorker } from './commands/worker.js';
import { EXIT, reportError } from './exit.js';
import { processTerminal, type Terminal } from './terminal.js';

/** What commands share. */
export interface Context {
  terminal: Terminal;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/**
 * Runs one command of `robusta`.
 * @param args - the command line without `node` and the script
 * @returns the exit code: 0 done, 1 failed, 2 bad usage, 130 interrupted
 */
export async function main(
  args: readonly string[],
  { terminal = processTerminal(), signal = new AbortController().signal }: Partial<Context> = {},
): Promise<number> {
  let exitCode: number = EXIT.done;
  const run =
    <A extends unknown[]>(action: (context: Context, ...args: A) => Promise<number | undefined>) =>
    async (...args: A) => {
      exitCode = (await action({ terminal, signal }, ...args)) ?? EXIT.done;
    };
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const program = new Command('robusta')
    .description('Robust audio-visual anomaly detection: corrupt, extract, train, fuse, measure.')
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError('(robusta <command> --help says more)')
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .exitOverride();
  addDemo(program, run);
  addBenchmark(program, run);
  addReport(program, run);
  addTrain(program, run);
  addCorrupt(program, run);
  addBuild(program, run);
  addExtract(program, run);
  addDataset(program, run);
  addFeatures(program, run);
  addModels(program, run);
  addScore(program, run);
  addWorker(program, run);
  addQueue(program, run);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return reportError(error, terminal);
  }
}

/** Wraps the action of a command: gives it the {@link Context} and keeps its exit code. */
export type Run = <A extends unknown[]>(
  action: (context: Context, ...args: A) => Promise<number | undefined>,
) => (...args: A) => Promise<void>;
