import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BuildOptions,
  buildCorruptedDataset,
  type CorruptionName,
  DATASET_KINDS,
  type DatasetPlaces,
  type ExtractorsConfig,
  loadDataset,
  type Mismatch,
  type VerifyReport,
  verifyBuild,
} from '@robusta/benchmark';
import { fileError, RobustaError } from '@robusta/core';
import { AUDIO_CORRUPTIONS } from '@robusta/corruptions-audio';
import { VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import { type Command, Option } from 'commander';
import { EXIT } from '../exit.js';
import type { Context, Run } from '../main.js';
import { decimal, defined, integer, integers, list } from '../parse.js';
import { createProgress, type ProgressView } from '../progress.js';
import { queueRunner } from '../queue-runner.js';

interface BuildFlags {
  dataset?: string;
  root?: string;
  csv?: string;
  lists?: string;
  out: string;
  corruptions: string[];
  severities: number[];
  seed: number;
  set?: string[];
  media?: boolean;
  features: boolean;
  train?: boolean;
  crf?: number;
  extractor: string;
  model?: string;
  crops?: number;
  audioExtractor: string;
  audioModel?: string;
  workers?: number;
  queue?: string;
  queueName?: string;
  verify?: true | 'hashes' | 'full';
  sample?: number;
  show: number;
  json?: boolean;
}

/** `robusta build`: the corrupted test set of a dataset as files, or a check of one. */
export function addBuild(program: Command, run: Run): void {
  program
    .command('build')
    .description(
      'Make the corrupted test set of a dataset: features, on request media, and a manifest of all of it.',
    )
    .addOption(new Option('--dataset <kind>', 'what --root holds').choices(DATASET_KINDS))
    .option('--root <dir>', 'folder of the dataset')
    .option('--csv <file>', 'table of the videos, for --dataset folder')
    .option('--lists <dir>', 'folder of annotations and lists (default: the root)')
    .requiredOption('-o, --out <dir>', 'folder to write; run again to go on')
    .option('--corruptions <names>', 'what is done: names, or visual, audio, all', list, ['all'])
    .option('--severities <numbers>', 'of every corruption, 1 to 5', integers, [3])
    .option('--seed <n>', 'of the random parts; the same gives the same bytes', integer, 0)
    .option(
      '--set <name.option=value...>',
      'options of a corruption, such as its mode: hf-channel.mode=radio fog.motion=static',
    )
    .option('--media', 'write corrupted copies of the test videos, too')
    .option('--no-features', 'write no features')
    .option('--train', 'write clean features of the training videos, too')
    .option('--crf <n>', 'quality of corrupted pictures in media, 0 (best) to 51 (default: 12)', decimal)
    .addOption(
      new Option('--extractor <kind>', 'of the pictures; lite needs no weights')
        .choices(['lite', 'i3d-resnet50', 'i3d-inception'])
        .default('lite'),
    )
    .option('--model <file>', 'of the pictures: the .onnx file that robusta models import wrote')
    .option('--crops <n>', 'of i3d: 10, 5 or 1 (default: 10)', integer)
    .addOption(
      new Option('--audio-extractor <kind>', 'of the sound; lite needs no weights')
        .choices(['lite', 'vggish'])
        .default('lite'),
    )
    .option('--audio-model <file>', 'the same of vggish')
    .option('--workers <n>', 'jobs at a time (default: one a core)', integer)
    .option('--queue <url>', 'let `robusta worker`s do the jobs, e.g. redis://host:6379')
    .option('--queue-name <name>', 'of the queue on that server (default: robusta)')
    .addOption(
      new Option(
        '--verify [how]',
        'build nothing, compare what is there with its manifest: hashes of outputs, with --root of videos too; full: make some again',
      )
        .choices(['hashes', 'full'])
        .preset('hashes'),
    )
    .option('--sample <n>', 'how many --verify full makes again (default: 8)', integer)
    .option('--show <n>', 'mismatches that the text names', integer, 20)
    .option('--json', 'print one JSON object on stdout')
    .addHelpText(
      'after',
      `
Picture: ${VISUAL_CORRUPTIONS.join(', ')}
Sound:   ${AUDIO_CORRUPTIONS.join(', ')}

Exit code: 0 done or all as the manifest says, 1 if a video failed or something differs.

Examples:
  $ robusta build --dataset xd-violence --root ./xd-violence --out ./corrupted
  $ robusta build --dataset folder --root ./videos --csv ./videos.csv --out ./corrupted \\
      --corruptions fog,white --severities 1,3,5 --media
  $ robusta build --out ./corrupted --root ./xd-violence --verify full`,
    )
    .action(
      run((context, flags: BuildFlags) => (flags.verify ? verify(context, flags) : build(context, flags))),
    );
}

async function build(context: Context, flags: BuildFlags): Promise<number> {
  const { terminal, signal } = context;
  const { dataset: kind, root, csv, lists, out, json, severities, seed, features } = flags;
  if (kind === undefined || root === undefined) {
    throw new RobustaError('BAD_OPTION', 'give --dataset and --root: what is corrupted, and where it lies', {
      hint: `kinds of datasets: ${DATASET_KINDS.join(', ')}`,
    });
  }
  if (flags.sample !== undefined) throw new RobustaError('BAD_OPTION', '--sample is for --verify full');
  const progress = createProgress(terminal);
  const options: BuildOptions = {
    out,
    corruptions: corruptionNames(flags.corruptions),
    severities: severities as NonNullable<BuildOptions['severities']>,
    seed,
    parameters: parametersOf(flags.set ?? []),
    features,
    media: flags.media === true,
    train: flags.train === true,
    extractors: extractorsOf(flags),
    ...(defined({ crf: flags.crf }) as Pick<BuildOptions, 'crf'>),
    ...workersOf(flags, progress),
    signal,
    onProgress: (step) => progress.update(step),
  };
  try {
    // What is known of the videos is kept there from the first one on.
    await mkdir(out, { recursive: true }).catch((error) => {
      throw fileError(error, out);
    });
    const dataset = await loadDataset({
      ...(defined({ kind, root, csv, lists }) as unknown as DatasetPlaces),
      signal,
      cache: join(out, 'dataset.jsonl'),
      onProgress: (step) => progress.update({ stage: 'reading the dataset', ...step }),
    });
    for (const { video, message } of dataset.problems) progress.note(`warning: ${video}: ${message}`);
    const { manifest, items, bytes, problems } = await buildCorruptedDataset(dataset, options);
    progress.stop();
    const about = { out, items, bytes, conditions: Object.keys(manifest.conditions), failed: problems };
    const size = bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
    terminal.out(
      json
        ? `${JSON.stringify({ ...about, manifest })}\n`
        : `${out}: ${items} items of ${manifest.dataset.testVideos} test videos, ${size}; see manifest.json\n`,
    );
    if (problems.length === 0) return EXIT.done;
    throw new RobustaError('PARTIAL_FAILURE', `${problems.length} jobs failed: ${problems[0]!.message}`, {
      hint: 'mend or remove the videos and run the same command again: only what is missing is made',
    });
  } finally {
    progress.stop();
  }
}

async function verify({ terminal, signal }: Context, flags: BuildFlags): Promise<number> {
  const { out, root, sample, json, show } = flags;
  const full = flags.verify === 'full';
  const progress = createProgress(terminal);
  let report: VerifyReport;
  try {
    report = await verifyBuild({
      out,
      full,
      ...(defined({ root, sample }) as { root?: string; sample?: number }),
      extractors: extractorsOf(flags),
      ...workersOf(flags, progress),
      signal,
      onProgress: (step) => progress.update(step),
    });
  } finally {
    progress.stop();
  }
  const { items, files, recreated, mismatches } = report;
  const again = full ? `, ${recreated} items made again` : '';
  const lines = mismatches.slice(0, show).map(mismatchText);
  const rest = mismatches.length - lines.length;
  const text = [
    `${out}: ${items} items, ${files} files hashed${again}, ${mismatches.length} mismatch${mismatches.length === 1 ? '' : 'es'}`,
    ...lines,
    ...(rest > 0 ? [`… and ${rest} more (--json names all)`] : []),
  ];
  terminal.out(json ? `${JSON.stringify(report)}\n` : `${text.join('\n')}\n`);
  return mismatches.length > 0 ? EXIT.failed : EXIT.done;
}

function mismatchText({ what, path, problem, expected, found, message }: Mismatch): string {
  const hashes =
    expected && found ? `: ${found.slice(0, 12)}, the manifest says ${expected.slice(0, 12)}` : '';
  return `${problem}: ${what} ${path}${message ? `: ${message}` : hashes}`;
}

/** @throws BAD_OPTION */
function corruptionNames(names: readonly string[]): CorruptionName[] {
  const groups: Record<string, readonly string[]> = {
    visual: VISUAL_CORRUPTIONS,
    audio: AUDIO_CORRUPTIONS,
    all: [...VISUAL_CORRUPTIONS, ...AUDIO_CORRUPTIONS],
  };
  // Which names there are, the schema of the build knows.
  return names.flatMap((name) => groups[name] ?? [name]) as CorruptionName[];
}

/** `fog.motion=static` → `{ fog: { motion: 'static' } }`. */
function parametersOf(settings: readonly string[]): NonNullable<BuildOptions['parameters']> {
  const parameters: Record<string, Record<string, string | number | boolean>> = {};
  for (const setting of settings) {
    const [, name, option, text] = /^([a-z-]+)\.(\w+)=(.+)$/.exec(setting) ?? [];
    if (name === undefined || option === undefined || text === undefined) {
      throw new RobustaError('BAD_OPTION', `--set ${setting} is not name.option=value`, {
        hint: 'write for example --set hf-channel.mode=radio',
      });
    }
    const value = text === 'true' || text === 'false' ? text === 'true' : Number(text);
    parameters[name] = { ...parameters[name], [option]: Number.isNaN(value) ? text : value };
  }
  return parameters;
}

function extractorsOf(flags: BuildFlags): ExtractorsConfig {
  const { extractor, model, crops, audioExtractor, audioModel } = flags;
  const isUnused =
    (extractor === 'lite' && (model ?? crops) !== undefined) || (audioExtractor === 'lite' && audioModel);
  const lacks = (extractor !== 'lite' && !model) || (audioExtractor !== 'lite' && !audioModel);
  if (isUnused || lacks) {
    const rule = 'a network needs its model, and lite takes neither --model, --crops nor --audio-model';
    throw new RobustaError('BAD_OPTION', rule, {
      hint: 'make the file from the published checkpoint: robusta models import',
    });
  }
  return {
    visual: defined({ kind: extractor, model, crops }),
    audio: defined({ kind: audioExtractor, model: audioModel }),
  } as unknown as ExtractorsConfig;
}

function workersOf({ workers, queue, queueName }: BuildFlags, progress: ProgressView) {
  if (queue === undefined) return workers === undefined ? {} : { workers };
  return { runner: queueRunner(queue, queueName, progress) };
}
