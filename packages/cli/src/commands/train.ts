import { BACKBONES, runTraining, type TrainingConfig } from '@robusta/benchmark';
import { FUSIONS, VALIDATION_METRICS } from '@robusta/detector';
import type { Command } from 'commander';
import type { Run } from '../main.js';
import { decimal, defined, integer } from '../parse.js';
import { createProgress } from '../progress.js';
import { trainingView } from '../training-view.js';

/** Options of `robusta train` as commander gives them; the schema of the benchmark checks the values. */
interface TrainFlags {
  out: string;
  workspace?: string;
  visual?: string;
  audio?: string;
  list?: string;
  holdout?: number;
  validateOnTest?: boolean;
  validationVisual?: string;
  validationAudio?: string;
  validationList?: string;
  annotations?: string;
  metric?: string;
  validateEvery?: number;
  backbone?: string;
  fusion?: string;
  preset?: string;
  epochs?: number;
  steps?: number;
  batchSize?: number;
  learningRate?: number;
  weightDecay?: number;
  schedule?: string;
  maxLength?: number;
  dropout?: number;
  seed?: number;
  select?: string;
  patience?: number;
  cacheMb?: number;
  checkpointSeconds?: number;
  restart?: boolean;
  log?: string;
  engine?: string;
  threads?: number;
  json?: boolean;
}

/** `robusta train`: a detector from feature files. */
export function addTrain(program: Command, run: Run): void {
  program
    .command('train')
    .description('Train a detector on feature files: of a workspace, or named as those of XD-Violence.')
    .requiredOption('-o, --out <dir>', 'folder for the model; run again to go on from its checkpoint')
    .option('--workspace <dir>', 'features that `robusta benchmark` or `robusta demo` extracted')
    .option('--visual <dir>', 'folder of <video>__<crop>.npy; the label is in the name (_label_A: normal)')
    .option('--audio <dir>', 'folder of <video>__vggish.npy')
    .option('--list <file>', 'names the videos to take, one a line (default: all)')
    .option('--holdout <share>', 'measure on this share of the training videos, e.g. 0.1', decimal)
    .option('--validation-visual <dir>', 'measure on the videos of this folder')
    .option('--validation-audio <dir>', 'their sound')
    .option('--validation-list <file>', 'which of them')
    .option('--annotations <file>', 'their annotations.txt: frames are compared, not videos')
    .option('--validate-on-test', 'measure on the test videos of the workspace')
    .option('--metric <name>', `${VALIDATION_METRICS.join(', ')} (default: averagePrecision)`)
    .option('--validate-every <epochs>', 'from one measurement to the next (default: 1)', integer)
    .option('--backbone <name>', `${BACKBONES.join(', ')} (default: xdviodet)`)
    .option('--fusion <name>', `${FUSIONS.join(', ')} (default: shared)`)
    .option(
      '--preset <name>',
      'paper, official (the published code), small (some dozens of videos); default: that of the backbone',
    )
    .option('--epochs <n>', 'passes over the training samples', integer)
    .option('--steps <n>', 'steps in all, instead of epochs', integer)
    .option('--batch-size <n>', 'bags in a step', integer)
    .option('--learning-rate <x>', 'of Adam', decimal)
    .option('--weight-decay <x>', 'L2 term added to the gradient', decimal)
    .option('--schedule <name>', 'constant, cosine, multistep')
    .option('--max-length <n>', 'snippets of a training sequence', integer)
    .option('--dropout <share>', 'of the backbone', decimal)
    .option('--seed <n>', 'of weights, order, dropout and holdout (default: of the preset, else 0)', integer)
    .option('--select <which>', 'last, or best: the epoch that measured best (default: last)')
    .option('--patience <n>', 'stop after so many measurements without a new best', integer)
    .option('--cache-mb <n>', 'memory for features, MiB (default: 1024)', integer)
    .option('--checkpoint-seconds <n>', 'time between two checkpoints (default: 60)', decimal)
    .option('--restart', 'begin anew in spite of a checkpoint')
    .option('--log <file>', 'one JSON object for each epoch, e.g. metrics.jsonl')
    .option('--engine <name>', 'onnx, wasm or cpu (default: onnx)')
    .option('--threads <n>', 'of ONNX Runtime', integer)
    .option('--json', 'print one JSON object on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ robusta train --workspace ./run1 --holdout 0.1 --preset small --out ./model
  $ robusta train --visual ./rgb --audio ./vggish --backbone hypervd --fusion concat --out ./model`,
    )
    .action(
      run(async ({ terminal, signal }, flags: TrainFlags) => {
        const progress = createProgress(terminal);
        const view = trainingView(progress, flags.metric);
        try {
          const trained = await runTraining(configOf(flags), {
            signal,
            onData: view.onData,
            onStep: view.onStep,
            onEpoch: view.onEpoch,
            onProblem: ({ video, message }) => progress.note(`warning: ${video}: ${message}`),
          });
          progress.stop();
          if (flags.json) terminal.out(`${JSON.stringify(trained)}\n`);
          else {
            const parts = [summary(trained.description.training), view.measured()].filter(Boolean);
            terminal.out(`Model: ${trained.model} (${parts.join(', ')})\n`);
          }
        } finally {
          progress.stop();
        }
        return undefined;
      }),
    );
}

function configOf(flags: TrainFlags): TrainingConfig {
  const {
    json: _json,
    dropout,
    cacheMb,
    holdout,
    validateOnTest,
    validationVisual,
    validationAudio,
    validationList,
    annotations,
    metric,
    validateEvery,
    ...config
  } = flags;
  const validation = defined({
    holdout,
    test: validateOnTest,
    visual: validationVisual,
    audio: validationAudio,
    list: validationList,
    annotations,
    metric,
    everyEpochs: validateEvery,
  });
  return {
    ...config,
    ...(dropout === undefined ? {} : { backboneOptions: { dropout } }),
    ...(cacheMb === undefined ? {} : { cacheBytes: cacheMb * 2 ** 20 }),
    ...(Object.keys(validation).length === 0 ? {} : { validation }),
  } as TrainingConfig;
}

/** The part of what `model.json` says that fits into a line. */
function summary({ stepsTaken, selected, data }: Record<string, unknown>): string {
  const { videos, anomalous } = data as { videos: number; anomalous: number };
  const best = selected as { epoch: number } | undefined;
  const chosen = best ? `, weights of epoch ${best.epoch}` : '';
  return `${stepsTaken} steps, ${videos} videos, ${anomalous} of them anomalous${chosen}`;
}
