import { RobustaError } from '@robusta/core';
import {
  createVisualExtractor,
  type ExtractionTimes,
  type I3dExtractor,
  type I3dExtractorOptions,
  type VisualExtractor,
} from '@robusta/features';
import { type Command, Option } from 'commander';
import { EXIT } from '../exit.js';
import { planExtraction } from '../extract/plan.js';
import { type Extracted, type ExtractOutcome, extractAll } from '../extract/run.js';
import type { Context, Run } from '../main.js';
import { defined, integer, list } from '../parse.js';

interface ExtractFlags {
  extractor: 'lite' | I3dExtractorOptions['kind'];
  out: string;
  model?: string;
  recipe?: string;
  crops?: number;
  rows: 'full' | 'xd';
  batch?: number;
  device?: string;
  threads?: number;
  jobs: number;
  force?: boolean;
  json?: boolean;
}

/** `robusta extract`: visual features of many videos, one `.npy` each. */
export function addExtract(program: Command, run: Run): void {
  program
    .command('extract')
    .argument('<videos...>', 'video files, or folders of them')
    .description('Extract visual features: [T, crops, D] as .npy, one row for 16 frames at 24 fps.')
    .addOption(
      new Option('--extractor <kind>', 'lite needs no weights')
        .choices(['lite', 'i3d-resnet50', 'i3d-inception'])
        .default('i3d-resnet50'),
    )
    .requiredOption('-o, --out <dir>', 'folder for <name>.npy and <name>.json')
    .option('--model <file>', 'the .onnx file that robusta models import wrote')
    .addOption(
      new Option(
        '--recipe <name>',
        'how pictures are prepared (default: rtfm for i3d-resnet50, gottimukkala for i3d-inception)',
      ).choices(['rtfm', 'gottimukkala']),
    )
    .option('--crops <n>', '10, 5 or 1 (default: 10)', integer)
    .addOption(
      new Option('--rows <rule>', 'full: floor(N/16) rows of N frames; xd: floor((N-1)/16)')
        .choices(['full', 'xd'])
        .default('full'),
    )
    .option('--batch <n>', 'most clips in the network at once; memory grows with it (default: 10)', integer)
    .option(
      '--device <names>',
      'cpu, cuda, webgpu, coreml, dml in order of preference, or auto (default: cpu)',
    )
    .option('--threads <n>', 'of the network (default: one a core)', integer)
    .option('--jobs <n>', 'videos at a time; they share the network', integer, 2)
    .option('--force', 'replace feature files that exist')
    .option('--json', 'print one JSON object on stdout')
    .addHelpText(
      'after',
      `
Run the same command again after an interruption: finished files are kept.

Example:
  $ robusta extract videos/ --extractor i3d-resnet50 --model i3d.onnx --out features/ --device cuda,cpu`,
    )
    .action(run((context, videos: string[], flags: ExtractFlags) => extract(context, videos, flags)));
}

async function extract(context: Context, videos: string[], flags: ExtractFlags): Promise<number> {
  if (!(flags.jobs >= 1)) {
    throw new RobustaError('BAD_OPTION', `--jobs must be 1 or more, received ${flags.jobs}`);
  }
  const files = await planExtraction(videos, flags.out);
  const { extractor, network } = await open(flags);
  try {
    const outcome = await extractAll(context, extractor, files, {
      jobs: flags.jobs,
      force: flags.force === true,
    });
    const times = network?.times();
    context.terminal.out(
      flags.json ? `${JSON.stringify(forMachines(outcome, times))}\n` : forPeople(outcome, times),
    );
    return outcome.failed.length > 0 ? partialFailure(outcome) : EXIT.done;
  } finally {
    await network?.dispose();
  }
}

async function open(flags: ExtractFlags): Promise<{ extractor: VisualExtractor; network?: I3dExtractor }> {
  const { extractor: kind, model, recipe, crops, rows, batch, device, threads } = flags;
  const ofNetworks = defined({ model, recipe, crops, batch, device, threads });
  if (kind === 'lite') {
    const [given] = Object.keys(ofNetworks);
    if (given !== undefined) {
      throw new RobustaError('BAD_OPTION', `--${given} is for extractors with a network, not for lite`);
    }
    return { extractor: createVisualExtractor({ kind, rows }) };
  }
  if (model === undefined) {
    throw new RobustaError('BAD_OPTION', `${kind} needs --model`, {
      hint: `make the file from the published checkpoint: robusta models import --kind ${kind}; or use --extractor lite`,
    });
  }
  const executionProviders = device === undefined ? undefined : device === 'auto' ? 'auto' : list(device);
  const options = { kind, rows, ...defined({ model, recipe, crops, batch, threads, executionProviders }) };
  const network = await createVisualExtractor(options as I3dExtractorOptions);
  return { extractor: network, network };
}

function forMachines(outcome: ExtractOutcome, times: ExtractionTimes | undefined) {
  const { done, kept, failed, seconds, videoSeconds } = outcome;
  return {
    files: done,
    kept,
    failed: failed.map(({ input, error }) => ({ input, code: error.code, message: error.message })),
    seconds,
    videoSeconds,
    ...(times ? { times } : {}),
  };
}

function forPeople(outcome: ExtractOutcome, times: ExtractionTimes | undefined): string {
  const lines = [
    ...outcome.done.map(describe),
    ...outcome.kept.map((output) => `${output}: kept, it was there already`),
  ];
  if (outcome.done.length > 0) lines.push(summary(outcome, times));
  return lines.map((line) => `${line}\n`).join('');
}

function describe({ output, shape, frames, droppedFrames, looped }: Extracted): string {
  const tail = looped
    ? `, ${frames} frames repeated to make 16`
    : droppedFrames > 0
      ? `, the last ${droppedFrames} of ${frames} frames fill no row`
      : '';
  return `${output}: [${shape.join(', ')}]${tail}`;
}

function summary(
  { done, seconds, videoSeconds }: ExtractOutcome,
  times: ExtractionTimes | undefined,
): string {
  const share = (part: number) => `${Math.round((100 * part) / seconds)} %`;
  const speed = `${done.length} video${done.length === 1 ? '' : 's'} of ${videoSeconds.toFixed(1)} s in ${seconds.toFixed(1)} s: ${(videoSeconds / seconds).toFixed(2)} x real time`;
  if (!times) return speed;
  return `${speed}, ${(times.clips / seconds).toFixed(2)} clips/s; network ${share(times.network)} of the time, beside it decoding ${share(times.decode)} and preparing ${share(times.prepare)}`;
}

function partialFailure({ failed, done, kept }: ExtractOutcome): never {
  const total = failed.length + done.length + kept.length;
  const { error } = failed[0]!;
  throw new RobustaError('PARTIAL_FAILURE', `${failed.length} of ${total} videos failed: ${error.message}`, {
    hint: error.hint ?? 'mend or remove them and run the same command again: only they are done',
  });
}
