import { realpath } from 'node:fs/promises';
import { deriveSeed, RobustaError } from '@robusta/core';
import { writeAtomically } from '../atomic-file.js';
import { probe } from '../probe.js';
import {
  type CorruptOptions,
  type CorruptSettings,
  muxerOf,
  parseCorruptOptions,
  type SeededChoice,
} from './options.js';
import { openPictures, type PictureSource } from './picture-source.js';
import type { CorruptReport } from './report.js';
import { openSound, type SoundSource } from './sound-source.js';
import { writeTracks } from './write-tracks.js';

/**
 * Writes a corrupted copy of a file: any of the 16 corruptions on its picture, its sound, or both. It streams, so memory
 * does not grow with the length. Frame count, times of frames, length of the sound and the offset between both stay as
 * they are; streams that are not corrupted are copied, not encoded again. What was applied stands in the tag `comment`,
 * as JSON. The output appears whole or not at all. The same input and options give the same bytes.
 * @param input - a video or sound file; its main video and audio stream are the ones that are corrupted
 * @param output - `.mp4`, `.m4v`, `.m4a`, `.mov`, `.mkv`, `.mka`, `.wav` or `.flac`; an older file is replaced
 * @throws BAD_OPTION; NO_VIDEO or NO_AUDIO where what is to be corrupted is missing; FILE_NOT_FOUND, FILE_UNREADABLE,
 *   EMPTY_INPUT, NOT_MEDIA, TRUNCATED for the input; FILE_UNWRITABLE, DISK_FULL; ABORTED
 */
export async function corruptMedia(
  input: string,
  output: string,
  options: CorruptOptions,
): Promise<CorruptReport> {
  const settings = parseCorruptOptions(options);
  const muxer = muxerOf(output);
  const info = await probe(input);
  await refuseSameFile(input, output);
  if (info.video && (muxer === 'wav' || muxer === 'flac')) {
    throw new RobustaError('BAD_OPTION', `corruptMedia: ${output} can hold sound only, ${input} has video`, {
      hint: 'write .mp4 or .mkv',
    });
  }
  const sources: { pictures?: PictureSource; sound?: SoundSource } = {};
  const progress = (stage: 'measuring' | 'corrupting', done: number) =>
    settings.onProgress?.({ stage, done: Math.min(done, info.duration), total: info.duration });
  try {
    if (settings.visual) {
      sources.pictures = await openPictures(input, seeded(settings.visual, settings), settings.signal);
    }
    if (settings.audio) {
      const choice = seeded(settings.audio, settings);
      sources.sound = await openSound(input, choice, settings.signal, (seconds) =>
        progress('measuring', seconds),
      );
    }
    let report: CorruptReport | undefined;
    await writeAtomically(output, async (temporary) => {
      report = await writeTracks(
        { input, output, muxer, temporary, settings, duration: info.duration },
        sources,
        (done) => progress('corrupting', done),
      );
    });
    progress('corrupting', info.duration);
    return report!;
  } finally {
    sources.pictures?.close();
    await sources.sound?.close();
  }
}

async function refuseSameFile(input: string, output: string) {
  const real = await realpath(output).catch(() => undefined);
  if (real !== undefined && real === (await realpath(input))) {
    throw new RobustaError('BAD_OPTION', `corruptMedia: ${output} is the input itself`, {
      hint: 'choose another name for the output',
    });
  }
}

type Choice = NonNullable<CorruptSettings['visual']>;

function seeded(choice: Choice, { seed, id }: CorruptSettings): SeededChoice {
  const derived = id === undefined ? seed : deriveSeed(seed, id, choice.name);
  return { ...choice, seed: choice.seed ?? derived };
}
