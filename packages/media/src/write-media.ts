import { type AudioClip, type Frame, parseOptions, RobustaError } from '@robusta/core';
import { writeAtomically } from './atomic-file.js';
import { type AudioTrack, createAudioTrack } from './audio-track.js';
import { splitClips } from './clip.js';
import { check } from './errors.js';
import { av, constants } from './ffmpeg.js';
import { WriteOptionsSchema, type WriteSettings } from './options.js';
import { createPuller, type Puller } from './pull.js';
import { rationalRate } from './rational.js';
import { createVideoTrack } from './video-track.js';

/** What writeMedia writes, and how. */
export interface WriteOptions {
  /** RGB24 pictures, all of one even width and height. */
  frames: Iterable<Frame> | AsyncIterable<Frame>;
  /** Frames per second, 0.01 to 1000; 29.97002997 is written as 30000/1001. */
  fps: number;
  /** Sound that begins with the first frame: a clip, or clips that follow each other. */
  audio?: AudioClip | Iterable<AudioClip> | AsyncIterable<AudioClip> | undefined;
  /** Constant rate factor of x264, 0 (best) to 51 (worst). Default 18. */
  crf?: number | undefined;
  /** Speed against file size of x264. Default `veryfast`. */
  preset?: WriteSettings['preset'] | undefined;
  /** Most frames from one key frame to the next. Default 250. */
  gop?: number | undefined;
  /** Bits per second of the sound, all channels. Default 128000. */
  audioBitrate?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Writes an MP4 of H.264 (4:2:0) and AAC. Frames and sound are drawn as they are needed, so memory does not grow with
 * the length. Read again, the file gives exactly as many frames and samples, at the same times. The same input gives the
 * same bytes, however busy the machine is. The file appears whole or not at all.
 * @param path - must end in `.mp4`
 * @throws BAD_OPTION; EMPTY_INPUT without frames; BAD_INPUT for frames of odd or changing size, or a sample rate that
 *   AAC lacks; LENGTH_MISMATCH or NON_FINITE for sound; FILE_NOT_FOUND without the folder; FILE_UNWRITABLE; DISK_FULL;
 *   ABORTED; and whatever the sources throw
 */
export async function writeMedia(path: string, options: WriteOptions): Promise<void> {
  const { frames, audio, ...rest } = options;
  const settings = parseOptions(WriteOptionsSchema, rest, 'writeMedia');
  if (!/\.mp4$/i.test(path)) {
    throw new RobustaError('BAD_OPTION', `writeMedia: ${path} must end in .mp4`, {
      hint: 'MP4 is the only container that is written',
    });
  }
  if (!isIterable(frames)) {
    throw new RobustaError('BAD_OPTION', 'writeMedia: frames must be an iterable of frames');
  }
  const pictures = createPuller(frames as Iterable<Frame>, settings.signal);
  const sounds = audio && createPuller(splitClips(isIterable(audio) ? audio : [audio]), settings.signal);
  try {
    await writeAtomically(path, (temporary) => writeTracks(path, temporary, pictures, sounds, settings));
  } finally {
    await pictures.close();
    await sounds?.close();
  }
}

function isIterable<T>(value: unknown): value is Iterable<T> | AsyncIterable<T> {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

async function writeTracks(
  path: string,
  temporary: string,
  pictures: Puller<Frame>,
  sounds: Puller<AudioClip> | undefined,
  settings: WriteSettings,
): Promise<void> {
  const output = new av.FormatContext();
  const tracks: { close(): void }[] = [];
  let opened = false;
  try {
    let frame = await pictures.next();
    if (!frame) throw new RobustaError('EMPTY_INPUT', `writeMedia: there is no frame to write to ${path}`);
    let clip = await sounds?.next();
    check(output.allocOutputContext2(null, 'mp4', `file:${temporary}`), path, 'preparing the file');
    output.setFlags(constants.AVFMT_FLAG_BITEXACT);
    // The encoder of the pictures looks ahead by a number of frames, which may be any time: the sound waits.
    output.maxInterleaveDelta = 0n;
    const video = createVideoTrack(path, output, frame, rationalRate(settings.fps), settings);
    tracks.push(video);
    let audio: AudioTrack | undefined;
    if (clip) {
      audio = createAudioTrack(path, output, clip, settings.audioBitrate);
      tracks.push(audio);
    }
    check(output.openOutputSync(), path, 'opening the file');
    opened = true;
    // The index goes to the front of the file, so that a file cut off later can still be read up to the cut.
    check(output.setOption('movflags', '+faststart'), path, 'preparing the file');
    check(output.writeHeaderSync(), path, 'writing');
    // Whichever track lags behind goes next, so that the file is interleaved and little waits in memory.
    while (frame || clip) {
      if (frame && (!clip || video.time() <= audio!.time())) {
        await video.write(frame);
        frame = await pictures.next();
      } else if (clip) {
        await audio!.write(clip);
        clip = await sounds!.next();
      }
    }
    await video.finish();
    await audio?.finish();
    check(output.writeTrailerSync(), path, 'finishing the file');
    output.flushSync();
    check(output.pb?.error ?? 0, path, 'writing');
  } finally {
    for (const track of tracks) track.close();
    if (opened) output.closeOutputSync();
    output.freeContext();
  }
}
