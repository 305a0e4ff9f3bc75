import { RobustaError } from '@robusta/core';
import type { ExtractionTimes, LengthRule } from '@robusta/features';
import type { Extracted } from './one.js';
import type { ExtractOutcome } from './run.js';

/** Times of the extractors that have a network. */
export interface Times {
  visual?: ExtractionTimes;
  audio?: ExtractionTimes;
}

/** The object that `--json` prints. */
export function forMachines(outcome: ExtractOutcome, times: Times) {
  const { done, kept, failed, seconds, videoSeconds } = outcome;
  return {
    files: done.map(({ input, visual, audio, kept: own, report }) => ({
      input,
      ...(visual ? { visual: { ...visual, ...report.visual } } : {}),
      ...(audio ? { audio: { ...audio, ...report.audio } } : {}),
      rows: { ...report.rows, kept: report.kept },
      rule: report.rule,
      missing: report.missing,
      kept: own,
    })),
    kept: kept.map(({ input }) => input),
    failed: failed.map(({ input, error }) => ({ input, code: error.code, message: error.message })),
    seconds,
    videoSeconds,
    times,
  };
}

/** Lines for the terminal. */
export function forPeople(outcome: ExtractOutcome, times: Times): string {
  const lines = [
    ...outcome.done.flatMap(describe),
    ...outcome.kept.map(({ input }) => `${input}: kept, its features were there already`),
  ];
  if (outcome.done.length > 0) lines.push(...summary(outcome, times));
  return lines.map((line) => `${line}\n`).join('');
}

const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

function describe({ visual, audio, kept, report }: Extracted): string[] {
  const lines: string[] = [];
  if (visual) {
    const { frames, droppedFrames, looped } = report.visual!;
    const tail = looped
      ? `, ${plural(frames, 'frame')} repeated to make 16`
      : droppedFrames > 0
        ? `, the last ${droppedFrames} of ${frames} frames fill no row`
        : '';
    lines.push(`${named(visual.files)}: [${visual.shape.join(', ')}]${tail}`);
  }
  if (audio) lines.push(`${named(audio.files)}: [${audio.shape.join(', ')}]${lengths(report)}`);
  if (report.missing.length > 0) {
    const streams = { visual: 'pictures', audio: 'sound' };
    lines.push(`  no ${report.missing.map((modality) => streams[modality]).join(', no ')} in the file`);
  }
  if (kept.length > 0) lines.push('  the rows of the pictures were there already');
  return lines;
}

/** `<stem>__0.npy to __4.npy` of several files. */
function named(files: readonly string[]): string {
  const [first, last] = [files[0]!, files.at(-1)!];
  return files.length === 1 ? first : `${first} to ${last.slice(last.lastIndexOf('__'))}`;
}

const RULES: Readonly<Record<Exclude<LengthRule, 'single'>, string>> = {
  equal: 'as many as the pictures have',
  'sound-padded': 'the pictures decide, silence follows the sound',
  'sound-cut': 'the pictures decide, the rest of the sound is cut',
};

function lengths({ rule, rows, kept, audio }: Extracted['report']): string {
  if (rule === 'single') return '';
  const { paddedSamples, droppedSamples } = audio!;
  const seconds = (samples: number) => `${(samples / 16000).toFixed(2)} s`;
  const by =
    rule === 'sound-padded' && paddedSamples > 0
      ? ` (${seconds(paddedSamples)})`
      : rule === 'sound-cut' && droppedSamples > 0
        ? ` (${seconds(droppedSamples)})`
        : '';
  return `, rows of pictures ${rows.visual}, of sound ${rows.audio}, kept ${kept}: ${RULES[rule]}${by}`;
}

function summary({ done, seconds, videoSeconds }: ExtractOutcome, times: Times): string[] {
  const lines = [
    `${plural(done.length, 'video')} of ${videoSeconds.toFixed(1)} s in ${seconds.toFixed(1)} s: ${(videoSeconds / seconds).toFixed(2)} x real time`,
  ];
  const share = (part: number) => `${Math.round((100 * part) / seconds)} %`;
  for (const [modality, unit] of [
    ['visual', 'clips'],
    ['audio', 'patches'],
  ] as const) {
    const spent = times[modality];
    if (!spent || spent.clips === 0) continue;
    const { clips, network, decode, prepare } = spent;
    lines.push(
      `  ${modality}: ${(clips / seconds).toFixed(2)} ${unit}/s; of the time network ${share(network)}, decoding ${share(decode)}, preparing ${share(prepare)}`,
    );
  }
  return lines;
}

/** @throws PARTIAL_FAILURE */
export function partialFailure({ failed, done, kept }: ExtractOutcome): never {
  const total = failed.length + done.length + kept.length;
  const { error } = failed[0]!;
  throw new RobustaError('PARTIAL_FAILURE', `${failed.length} of ${total} videos failed: ${error.message}`, {
    hint: error.hint ?? 'mend or remove them and run the same command again: only they are done',
  });
}
