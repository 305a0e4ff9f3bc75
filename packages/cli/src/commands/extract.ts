import { join, resolve } from 'node:path';
import { RobustaError } from '@robusta/core';
import {
  createAudioExtractor,
  createVisualExtractor,
  type I3dExtractor,
  type I3dExtractorOptions,
  type VggishExtractor,
  type VggishExtractorOptions,
} from '@robusta/features';
import { type Command, Option } from 'commander';
import { EXIT } from '../exit.js';
import type { Extractors } from '../extract/one.js';
import { planExtraction, type Stems } from '../extract/plan.js';
import { forMachines, forPeople, partialFailure } from '../extract/report.js';
import { extractAll } from '../extract/run.js';
import { type Layout, STORES } from '../extract/store.js';
import type { Context, Run } from '../main.js';
import { defined, integer, list } from '../parse.js';

interface ExtractFlags {
  extractor: 'lite' | 'none' | I3dExtractorOptions['kind'];
  audioExtractor: 'lite' | 'none' | 'vggish';
  out: string;
  audioOut?: string;
  layout: Layout;
  model?: string;
  audioModel?: string;
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

/** `robusta extract`: features of the pictures and the sound of many videos. */
export function addExtract(program: Command, run: Run): void {
  program
    .command('extract')
    .argument('<videos...>', 'video files, or folders of them')
    .description(
      'Extract features of pictures and sound as .npy: one row for 16 frames at 24 fps, the same rows of both.',
    )
    .addOption(
      new Option('--extractor <kind>', 'of the pictures; lite needs no weights')
        .choices(['lite', 'i3d-resnet50', 'i3d-inception', 'none'])
        .default('i3d-resnet50'),
    )
    .addOption(
      new Option('--audio-extractor <kind>', 'of the sound; lite needs no weights')
        .choices(['lite', 'vggish', 'none'])
        .default('none'),
    )
    .requiredOption('-o, --out <dir>', 'folder of the features')
    .option(
      '--audio-out <dir>',
      'folder of those of the sound (default: <out>/audio; with xd-violence <out>)',
    )
    .addOption(
      new Option(
        '--layout <name>',
        'robusta: <name>.npy [T, crops, D] and <name>.json; xd-violence: <name>__0.npy to __4.npy [T, D] and <name>__vggish.npy',
      )
        .choices(['robusta', 'xd-violence'])
        .default('robusta'),
    )
    .option('--model <file>', 'of the pictures: the .onnx file that robusta models import wrote')
    .option('--audio-model <file>', 'the same of vggish')
    .addOption(
      new Option(
        '--recipe <name>',
        'how pictures are prepared (default: rtfm for i3d-resnet50, gottimukkala for i3d-inception)',
      ).choices(['rtfm', 'gottimukkala']),
    )
    .option('--crops <n>', '10, 5 or 1 (default: 10; 5 with the layout xd-violence)', integer)
    .addOption(
      new Option(
        '--rows <rule>',
        'full: floor(N/16) rows of N frames; xd: floor((N-1)/16), as the ground truth of XD-Violence',
      )
        .choices(['full', 'xd'])
        .default('full'),
    )
    .option('--batch <n>', 'most clips in the network at once; memory grows with it (default: 10)', integer)
    .option(
      '--device <names>',
      'cpu, cuda, webgpu, coreml, dml in order of preference, or auto (default: cpu)',
    )
    .option('--threads <n>', 'of the networks (default: one a core)', integer)
    .option('--jobs <n>', 'videos at a time; they share the networks', integer, 2)
    .option('--force', 'replace features that exist')
    .option('--json', 'print one JSON object on stdout')
    .addHelpText(
      'after',
      `
The pictures decide the rows: sound that ends early goes on as silence, sound that goes on is cut, and what was done is
said of each file. Run the same command again after an interruption: finished files are kept.

Examples:
  $ robusta extract videos/ --extractor i3d-resnet50 --model i3d.onnx --out features/ --device cuda,cpu
  $ robusta extract videos/ --extractor i3d-inception --model inception.onnx --audio-extractor vggish \\
      --audio-model vggish.onnx --layout xd-violence --out features/`,
    )
    .action(run((context, videos: string[], flags: ExtractFlags) => extract(context, videos, flags)));
}

async function extract(context: Context, videos: string[], flags: ExtractFlags): Promise<number> {
  if (!(flags.jobs >= 1)) {
    throw new RobustaError('BAD_OPTION', `--jobs must be 1 or more, received ${flags.jobs}`);
  }
  checkFlags(flags);
  const files = await planExtraction(videos, foldersOf(flags));
  const { extractors, networks, times } = await open(flags);
  try {
    const { jobs, force = false, layout } = flags;
    const outcome = await extractAll(context, extractors, files, { store: STORES[layout], jobs, force });
    const text = flags.json
      ? `${JSON.stringify(forMachines(outcome, times()))}\n`
      : forPeople(outcome, times());
    context.terminal.out(text);
    return outcome.failed.length > 0 ? partialFailure(outcome) : EXIT.done;
  } finally {
    for (const network of networks) await network.dispose();
  }
}

function foldersOf({ extractor, audioExtractor, out, audioOut, layout }: ExtractFlags): Stems {
  const beside = layout === 'xd-violence' || extractor === 'none' ? out : join(out, 'audio');
  const audio = audioOut ?? beside;
  if (layout === 'robusta' && extractor !== 'none' && resolve(audio) === resolve(out)) {
    throw new RobustaError('BAD_OPTION', '--audio-out must be another folder than --out', {
      hint: 'files of both have the same names in the layout robusta',
    });
  }
  return {
    ...(extractor === 'none' ? {} : { visual: out }),
    ...(audioExtractor === 'none' ? {} : { audio }),
  };
}

/** @throws BAD_OPTION for options that have nothing to act on */
function checkFlags(flags: ExtractFlags): void {
  const { extractor, audioExtractor, model, recipe, crops, batch, device, threads, audioModel, audioOut } =
    flags;
  const refuse = (given: Record<string, unknown>, why: string) => {
    const [name] = Object.keys(defined(given));
    if (name !== undefined) throw new RobustaError('BAD_OPTION', `--${name} is for ${why}`);
  };
  if (extractor === 'none' && audioExtractor === 'none') {
    throw new RobustaError(
      'BAD_OPTION',
      'nothing to extract: both --extractor and --audio-extractor are none',
    );
  }
  const seeing = extractor !== 'lite' && extractor !== 'none';
  const hearing = audioExtractor === 'vggish';
  if (!seeing) refuse({ model, recipe, crops, batch }, `the networks i3d, not for ${extractor}`);
  if (!hearing) refuse({ 'audio-model': audioModel }, '--audio-extractor vggish');
  if (!seeing && !hearing) refuse({ device, threads }, 'extractors with a network, not for lite');
  if (audioExtractor === 'none') refuse({ 'audio-out': audioOut }, 'sound: give --audio-extractor');
  for (const [kind, file, option] of [
    ...(seeing ? [[extractor, model, '--model'] as const] : []),
    ...(hearing ? [[audioExtractor, audioModel, '--audio-model'] as const] : []),
  ]) {
    if (file !== undefined) continue;
    throw new RobustaError('BAD_OPTION', `${kind} needs ${option}`, {
      hint: `make the file from the published checkpoint: robusta models import --kind ${kind}; or use lite`,
    });
  }
}

async function open(flags: ExtractFlags) {
  const { extractor, audioExtractor, model, audioModel, recipe, rows, batch, device, threads } = flags;
  const executionProviders = device === undefined ? undefined : device === 'auto' ? 'auto' : list(device);
  const session = defined({ threads, executionProviders });
  const extractors: Extractors = {};
  const networks: (I3dExtractor | VggishExtractor)[] = [];
  const times = () => Object.fromEntries(networks.map((network) => [network.spec.modality, network.times()]));
  try {
    if (extractor === 'lite') extractors.visual = createVisualExtractor({ kind: extractor, rows });
    else if (extractor !== 'none') {
      const crops = flags.crops ?? (flags.layout === 'xd-violence' ? 5 : undefined);
      const options = { kind: extractor, rows, ...session, ...defined({ model, recipe, crops, batch }) };
      const network = await createVisualExtractor(options as I3dExtractorOptions);
      networks.push(network);
      extractors.visual = network;
    }
    if (audioExtractor === 'lite') extractors.audio = createAudioExtractor({ kind: audioExtractor });
    else if (audioExtractor !== 'none') {
      const options = { kind: audioExtractor, model: audioModel, ...session };
      const network = await createAudioExtractor(options as VggishExtractorOptions);
      networks.push(network);
      extractors.audio = network;
    }
  } catch (error) {
    for (const network of networks) await network.dispose();
    throw error;
  }
  return { extractors, networks, times };
}
