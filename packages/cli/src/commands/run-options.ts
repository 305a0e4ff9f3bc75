import { resolve } from 'node:path';
import {
  BACKBONES,
  type BenchmarkConfig,
  createQueueRunner,
  type JobRunner,
  type RunOptions,
  runBenchmark,
} from '@robusta/benchmark';
import { type BenchmarkResult, RobustaError } from '@robusta/core';
import { AUDIO_CORRUPTIONS } from '@robusta/corruptions-audio';
import { VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import { renderDetection, renderTable, writeReport } from '@robusta/report';
import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import type { Context } from '../main.js';
import { decimal, defined, integer, integers, list } from '../parse.js';
import { createProgress, type ProgressView } from '../progress.js';

/** Options of every command that runs the benchmark. */
export interface RunFlags {
  corruptions?: string[];
  severity?: number;
  levels?: number[];
  methods?: string[];
  backbone?: string;
  seeds?: number[];
  epochs?: number;
  batchSize?: number;
  learningRate?: number;
  engine?: string;
  workers?: number;
  queue?: string;
  queueName?: string;
  keepGoing?: boolean;
  json?: boolean;
}

/** Adds {@link RunFlags} to a command. */
export function addRunOptions(command: Command): Command {
  return command
    .option('--corruptions <names>', 'rows of the table, e.g. fog,white, or all', corruptions)
    .option('--severity <1-5>', 'strength of every corruption (default: 3)', integer)
    .option(
      '--levels <percents>',
      'shares of corrupted test videos (default: 0,10,30,50,70,90,100)',
      integers,
    )
    .option(
      '--methods <names>',
      'of concat,padding,average,dynamic (default: all but padding, the ablation)',
      list,
    )
    .option('--backbone <name>', `${BACKBONES.join(', ')} (default: xdviodet)`)
    .option('--seeds <numbers>', 'repetitions (default: 0,1,2)', integers)
    .option('--epochs <n>', 'of the training', integer)
    .option('--batch-size <n>', 'samples in a training step', integer)
    .option('--learning-rate <x>', 'of Adam', decimal)
    .option('--engine <name>', 'onnx, wasm or cpu (default: onnx)')
    .option('--workers <n>', 'extraction jobs at a time (default: one a core)', integer)
    .option('--queue <url>', 'let `robusta worker`s do the extraction, e.g. redis://host:6379')
    .option('--queue-name <name>', 'of the queue on that server (default: robusta)')
    .option('--keep-going', 'exit 0 even if some videos had to be skipped')
    .option('--json', 'print one JSON object on stdout instead of the table');
}

/** Names, or all sixteen. */
function corruptions(text: string): string[] {
  return text.trim() === 'all' ? [...VISUAL_CORRUPTIONS, ...AUDIO_CORRUPTIONS] : list(text);
}

/** The part of a configuration that the flags decide; the schema of the benchmark checks the values. */
export function configOf(flags: RunFlags): Partial<BenchmarkConfig> {
  const { corruptions, severity, levels, methods, backbone, seeds, engine } = flags;
  const { epochs, batchSize, learningRate } = flags;
  const training = defined({ epochs, batchSize, learningRate });
  return {
    ...defined({ corruptions, severity, levels, methods, backbone, seeds, engine }),
    ...(Object.keys(training).length > 0 ? { training } : {}),
  } as Partial<BenchmarkConfig>;
}

/** Runs the benchmark with progress, writes its report and prints the table. */
export async function runAndReport(
  { terminal, signal }: Context,
  config: BenchmarkConfig,
  flags: RunFlags,
): Promise<number> {
  const progress = createProgress(terminal);
  let result: BenchmarkResult;
  try {
    const options: RunOptions = {
      signal,
      onProgress: (step) => progress.update(step),
      onProblem: ({ video, message }) => progress.note(`warning: ${video}: ${message}`),
    };
    if (flags.workers !== undefined) options.workers = flags.workers;
    if (flags.queue !== undefined) options.runner = queueRunner(flags.queue, flags.queueName, progress);
    result = await runBenchmark(config, options);
  } finally {
    progress.stop();
  }
  const results = resolve(config.workspace, 'results');
  const report = await writeReport(result, results);
  const paths = { ...report, result: resolve(results, `${result.run}.json`) };
  if (flags.json) terminal.out(`${JSON.stringify({ ...paths, ...result })}\n`);
  else {
    terminal.out(`\n${renderTable(result, 'text')}\n`);
    const detection = renderDetection(result, 'text');
    if (detection) terminal.out(`${detection}\n`);
    terminal.out(`Numbers: ${paths.result}\nReport:  ${paths.html}\n`);
  }
  return result.skipped.length > 0 && !flags.keepGoing ? partialFailure(result) : EXIT.done;
}

/** Says once what keeps the work from going on. */
function queueRunner(url: string, name: string | undefined, progress: ProgressView): JobRunner {
  let said = '';
  return createQueueRunner({
    url,
    ...defined({ queue: name }),
    onNotice: (message) => {
      if (message === said) return;
      said = message;
      progress.note(`${message}: start one with robusta worker --queue ${url}`);
    },
  });
}

function partialFailure({ skipped }: BenchmarkResult): never {
  const names = skipped.slice(0, 5).map(({ video }) => video);
  throw new RobustaError(
    'PARTIAL_FAILURE',
    `${skipped.length} video${skipped.length === 1 ? ' was' : 's were'} skipped: ${names.join(', ')}${skipped.length > 5 ? ', …' : ''}`,
    {
      hint: 'mend or remove them and run the same command again (only they are done), or accept it with --keep-going',
    },
  );
}
