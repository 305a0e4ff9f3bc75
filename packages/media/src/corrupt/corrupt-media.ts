import { realpath } from 'node:fs/promises';
import { deriveSeed, RobustaError } from '@robusta/core';
import { writeAtomically } from '../atomic-file.js';
import { check } from '../errors.js';
import { av, constants } from '../ffmpeg.js';
import { type MediaFile, type NativeStream, openMedia } from '../media-file.js';
import { probe } from '../probe.js';
import { canHold, createCopyTrack } from './copy-track.js';
import {
  type CorruptOptions,
  type CorruptSettings,
  muxerOf,
  parseCorruptOptions,
  type SeededChoice,
} from './options.js';
import { openPictures, type PictureSource } from './picture-source.js';
import { createPictureTrack, type PictureTrack } from './picture-track.js';
import type { CorruptReport } from './report.js';
import { openSound, type SoundSource } from './sound-source.js';
import { createSoundTrack, type SoundTrack } from './sound-track.js';
import { type Track, tagsOf } from './track.js';

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

interface Job {
  input: string;
  output: string;
  muxer: string;
  temporary: string;
  settings: CorruptSettings;
  duration: number;
}

async function writeTracks(
  { input, output, muxer, temporary, settings, duration }: Job,
  { pictures, sound }: { pictures?: PictureSource; sound?: SoundSource },
  onProgress: (seconds: number) => void,
): Promise<CorruptReport> {
  const file = await openMedia(input);
  const format = new av.FormatContext();
  const tracks: Track[] = [];
  const streams: CorruptReport['streams'] = [];
  const family = muxer === 'mp4' || muxer === 'mov';
  const keepTags = family && (file.format.iformat?.name ?? '').includes('mp4');
  let opened = false;
  try {
    check(format.allocOutputContext2(null, muxer, `file:${temporary}`), output, 'preparing the file');
    format.setFlags(constants.AVFMT_FLAG_BITEXACT);
    format.strictStdCompliance = constants.FF_COMPLIANCE_EXPERIMENTAL;
    const copy = createCopyTrack(file, format, output, keepTags, settings.signal);
    tracks.push(copy);
    let picture: PictureTrack | undefined;
    let track: SoundTrack | undefined;
    for (const stream of file.format.streams) {
      const note = (action: CorruptReport['streams'][number]['action']) =>
        streams.push({ ...describeStream(stream), action });
      if (pictures && stream.index === file.video?.index) {
        picture = await createPictureTrack(pictures, format, output, settings);
        tracks.push(picture);
        note('corrupted');
      } else if (sound && stream.index === file.audio?.index) {
        track = createSoundTrack(sound, stream, format, muxer, output, settings);
        tracks.push(track);
        note('corrupted');
      } else if (!isLostCover(stream, muxer) && canHold(muxer, stream, keepTags, temporary)) {
        copy.add(stream);
        note('copied');
      } else if (stream.index === file.video?.index || stream.index === file.audio?.index) {
        const { type, codec } = describeStream(stream);
        throw new RobustaError(
          'BAD_OPTION',
          `corruptMedia: ${output} cannot hold ${type} of codec ${codec}`,
          {
            hint: 'the stream is copied as it is: write .mkv, which holds every codec',
          },
        );
      } else note('left out');
    }
    const applied = {
      seed: settings.seed,
      ...(settings.id === undefined ? {} : { id: settings.id }),
      ...(pictures ? { visual: lasting(pictures) } : {}),
      ...(sound ? { audio: lasting(sound) } : {}),
    };
    format.metadata = av.Dictionary.fromObject({
      ...tagsOf(file.format),
      comment: JSON.stringify({ robusta: applied }),
    });
    check(format.openOutputSync(), output, 'opening the file');
    opened = true;
    if (family) check(format.setOption('movflags', '+faststart'), output, 'preparing the file');
    check(format.writeHeaderSync(), output, 'writing');
    await interleave(tracks, onProgress);
    check(format.writeTrailerSync(), output, 'finishing the file');
    format.flushSync();
    check(format.pb?.error ?? 0, output, 'writing');
    return {
      input,
      output,
      seed: settings.seed,
      ...(settings.id === undefined ? {} : { id: settings.id }),
      duration,
      ...(pictures && picture ? { visual: { ...pictures.applied(), frames: picture.frames() } } : {}),
      ...(sound && track
        ? {
            audio: {
              ...sound.applied(),
              samples: track.samples(),
              sampleRate: sound.sampleRate,
              channels: sound.channels,
            },
          }
        : {}),
      streams,
      encoding: {
        ...(picture
          ? {
              video: {
                codec: 'h264',
                crf: settings.crf,
                preset: settings.preset,
                pixelFormat: picture.pixelFormat,
              },
            }
          : {}),
        ...(track
          ? {
              audio:
                track.codec === 'aac'
                  ? { codec: 'aac', bitrate: settings.audioBitrate }
                  : { codec: track.codec, bitsPerSample: 24 },
            }
          : {}),
      },
      ffmpeg: ffmpegVersion(),
    };
  } finally {
    for (const { close } of tracks) close();
    if (tracks.length === 0) file.close();
    if (opened) format.closeOutputSync();
    format.freeContext();
  }
}

/** A cover would become a video of one frame in Matroska, which keeps covers as attachments. */
function isLostCover({ disposition }: NativeStream, muxer: string): boolean {
  return muxer === 'matroska' && (disposition & constants.AV_DISPOSITION_ATTACHED_PIC) !== 0;
}

/** What is known before the first packet is written; measurements are not. */
function lasting(source: PictureSource | SoundSource) {
  const { name, severity, parameters } = source.applied();
  return { name, ...(severity === undefined ? {} : { severity }), parameters };
}

/** Whichever track lags behind goes next, so that the file is interleaved and little waits in memory. */
async function interleave(tracks: readonly Track[], onProgress: (seconds: number) => void): Promise<void> {
  const running = new Set(tracks);
  while (running.size > 0) {
    let behind: Track | undefined;
    for (const track of running) if (!behind || track.time() < behind.time()) behind = track;
    const time = behind!.time();
    if (!(await behind!.step())) running.delete(behind!);
    onProgress(time);
  }
}

const types: Record<number, string> = {
  [constants.AVMEDIA_TYPE_VIDEO]: 'video',
  [constants.AVMEDIA_TYPE_AUDIO]: 'audio',
  [constants.AVMEDIA_TYPE_SUBTITLE]: 'subtitle',
  [constants.AVMEDIA_TYPE_DATA]: 'data',
  [constants.AVMEDIA_TYPE_ATTACHMENT]: 'attachment',
};

function describeStream({ codecpar }: NativeStream | NonNullable<MediaFile['video']>) {
  return {
    type: types[codecpar.codecType] ?? 'unknown',
    codec: av.avGetCodecName(codecpar.codecId) ?? 'unknown',
  };
}

function ffmpegVersion(): string {
  const { version, libraries } = av.getFFmpegInfo();
  return `${version} (avcodec ${libraries.avcodec}, avformat ${libraries.avformat})`;
}
