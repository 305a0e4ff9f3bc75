import { RobustaError } from '@robusta/core';
import { AUDIO_CORRUPTIONS } from '@robusta/corruptions-audio';
import { VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import type { CorruptReport } from '@robusta/media';
import type { Command } from 'commander';
import { type Choice, parseChoice } from '../corrupt/choice.js';
import { planFiles } from '../corrupt/files.js';
import { corruptAll, corruptOne, type Outcome } from '../corrupt/run.js';
import { EXIT } from '../exit.js';
import type { Context, Run } from '../main.js';
import { decimal, integer } from '../parse.js';
import { writePreview } from '../preview/preview.js';

interface CorruptFlags {
  output?: string;
  visual?: string;
  audio?: string;
  seed: number;
  jobs?: number;
  force?: boolean;
  preview?: boolean;
  crf?: number;
  preset?: string;
  fullChroma?: boolean;
  aac?: boolean;
  json?: boolean;
}

/** `robusta corrupt`: corrupted copies of files, or a picture of what they would look and sound like. */
export function addCorrupt(program: Command, run: Run): void {
  program
    .command('corrupt')
    .argument('<inputs...>', 'video or sound files, or folders of them')
    .description('Write corrupted copies of files, or preview all corruptions of one as images.')
    .option('-o, --output <path>', 'the file to write, or the folder for several (preview: default .)')
    .option('--visual <name:severity>', 'what is done to the picture, e.g. fog:3 or fog:3,motion=static')
    .option('--audio <name:severity>', 'what is done to the sound, e.g. babble:4 or white:1,snrDb=7')
    .option('--seed <n>', 'of the random parts; the same gives the same bytes', integer, 0)
    .option('--preview', 'write a contact sheet and mel spectrograms of all corruptions, as PNG')
    .option('--jobs <n>', 'files at a time (default: one a core)', integer)
    .option('--force', 'replace outputs that exist')
    .option('--crf <n>', 'quality of the corrupted picture, 0 (best) to 51 (default: 12)', decimal)
    .option('--preset <name>', 'speed of x264 against size (default: ultrafast)')
    .option('--full-chroma', 'keep the colors of single pixels (4:4:4; fewer players show it)')
    .option('--aac', 'write corrupted sound as AAC instead of lossless')
    .option('--json', 'print one JSON object on stdout: what was done, with every parameter')
    .addHelpText(
      'after',
      `
Picture: ${VISUAL_CORRUPTIONS.join(', ')}
Sound:   ${AUDIO_CORRUPTIONS.join(', ')}

Examples:
  $ robusta corrupt in.mp4 -o out.mp4 --visual fog:3 --audio babble:4 --seed 7
  $ robusta corrupt videos/ -o rainy/ --visual rain:5 --jobs 4
  $ robusta corrupt in.mp4 --preview -o preview/`,
    )
    .action(
      run(async (context, inputs: string[], flags: CorruptFlags) =>
        flags.preview ? preview(context, inputs, flags) : corrupt(context, inputs, flags),
      ),
    );
}

/** What the flags ask for, or undefined. */
function choices({ visual, audio }: CorruptFlags): { visual?: Choice<'visual'>; audio?: Choice<'audio'> } {
  return {
    ...(visual === undefined ? {} : { visual: parseChoice('visual', visual) }),
    ...(audio === undefined ? {} : { audio: parseChoice('audio', audio) }),
  };
}

async function corrupt(context: Context, inputs: string[], flags: CorruptFlags): Promise<number> {
  const chosen = choices(flags);
  if (!chosen.visual && !chosen.audio) {
    throw new RobustaError('BAD_OPTION', 'neither --visual nor --audio was given', {
      hint: 'name at least one corruption, e.g. --visual fog:3, or look at all with --preview',
    });
  }
  if (flags.output === undefined) {
    throw new RobustaError('BAD_OPTION', 'no output was given', { hint: 'add -o and a file or folder' });
  }
  const options = {
    ...chosen,
    seed: flags.seed,
    ...(flags.crf === undefined ? {} : { crf: flags.crf }),
    ...(flags.preset === undefined ? {} : { preset: flags.preset as 'ultrafast' }),
    ...(flags.fullChroma ? { pixelFormat: 'yuv444p' as const } : {}),
    ...(flags.aac ? { audioCodec: 'aac' as const } : {}),
  };
  const plan = await planFiles(inputs, flags.output);
  const force = flags.force === true;
  const { terminal } = context;
  if (plan.single) {
    const report = await corruptOne(context, plan.files[0]!, options, force);
    terminal.out(flags.json ? `${JSON.stringify(report)}\n` : `${describe(report)}\n`);
    return EXIT.done;
  }
  const outcome = await corruptAll(context, plan, options, { force, jobs: flags.jobs });
  terminal.out(flags.json ? `${JSON.stringify(forMachines(outcome))}\n` : forPeople(outcome));
  return outcome.failed.length > 0 ? partialFailure(outcome) : EXIT.done;
}

function describe({ output, duration, visual, audio }: CorruptReport): string {
  const applied = [visual, audio].flatMap((one) =>
    one ? [one.severity === undefined ? one.name : `${one.name}:${one.severity}`] : [],
  );
  const frames = visual ? `${visual.frames} frame${visual.frames === 1 ? '' : 's'}, ` : '';
  return `${output}: ${applied.join(' + ')} (${frames}${duration.toFixed(1)} s)`;
}

function forPeople({ done, kept }: Outcome): string {
  return [...done.map(describe), ...kept.map((output) => `${output}: kept, it was there already`), ''].join(
    '\n',
  );
}

function forMachines({ done, kept, failed }: Outcome) {
  return {
    files: done,
    kept,
    failed: failed.map(({ input, error }) => ({ input, code: error.code, message: error.message })),
  };
}

function partialFailure({ failed, done, kept }: Outcome): never {
  const total = failed.length + done.length + kept.length;
  const [first] = failed;
  throw new RobustaError(
    'PARTIAL_FAILURE',
    `${failed.length} of ${total} files failed: ${first!.error.message}`,
    {
      hint: first!.error.hint ?? 'mend or remove them and run the same command again: only they are done',
    },
  );
}

async function preview(context: Context, inputs: string[], flags: CorruptFlags): Promise<number> {
  if (inputs.length !== 1) {
    throw new RobustaError('BAD_OPTION', 'a preview is made of one file', { hint: 'name one file' });
  }
  const { visual, audio } = choices(flags);
  const written = await writePreview(context, inputs[0]!, flags.output ?? '.', {
    seed: flags.seed,
    ...(visual ? { visual: visual.name } : {}),
    ...(audio ? { audio: audio.name } : {}),
  });
  context.terminal.out(
    flags.json ? `${JSON.stringify({ images: written })}\n` : written.map((path) => `${path}\n`).join(''),
  );
  return EXIT.done;
}
