import { RobustaError } from '@robusta/core';
import { check } from '../errors.js';
import { av, constants, ffmpegVersion } from '../ffmpeg.js';
import { type MediaFile, type NativeStream, openMedia } from '../media-file.js';
import { canHold, createCopyTrack } from './copy-track.js';
import type { CorruptSettings } from './options.js';
import type { PictureSource } from './picture-source.js';
import { createPictureTrack, type PictureTrack } from './picture-track.js';
import type { CorruptReport } from './report.js';
import type { SoundSource } from './sound-source.js';
import { createSoundTrack, type SoundTrack } from './sound-track.js';
import { type Track, tagsOf } from './track.js';

/** What is written, and where. */
export interface Job {
  input: string;
  output: string;
  muxer: string;
  temporary: string;
  settings: CorruptSettings;
  duration: number;
}

/** Writes all streams of a job into its temporary file. */
export async function writeTracks(
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
      comment: comment(applied, file),
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
        ? { audio: { ...sound.applied(), ...formOf(sound), samples: track.samples() } }
        : {}),
      streams,
      encoding: {
        ...(picture ? { video: videoEncoding(picture, settings) } : {}),
        ...(track ? { audio: audioEncoding(track, settings) } : {}),
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

const formOf = ({ sampleRate, channels }: SoundSource) => ({ sampleRate, channels });

const videoEncoding = ({ pixelFormat }: PictureTrack, { crf, preset }: CorruptSettings) =>
  ({ codec: 'h264', crf, preset, pixelFormat }) as const;

const audioEncoding = ({ codec }: SoundTrack, { audioBitrate }: CorruptSettings) =>
  codec === 'aac' ? { codec, bitrate: audioBitrate } : { codec, bitsPerSample: 24 as const };

/** What was applied, and what the file said before. */
function comment(applied: object, file: MediaFile): string {
  const earlier = tagsOf(file.format).comment;
  return JSON.stringify({ robusta: applied, ...(earlier === undefined ? {} : { comment: earlier }) });
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
