import { type Frame, parseOptions } from '@robusta/core';
import type { z } from 'zod';
import { createDamagedDecoder } from './bit-error/damaged-decoder.js';
import { createDecoder, type NativeFrame } from './decoder.js';
import { mediaError } from './errors.js';
import { av, constants } from './ffmpeg.js';
import { createFpsRule } from './fps-rule.js';
import { createFrameConverter } from './frame-converter.js';
import { frameRate } from './frame-rate.js';
import { type MediaFile, type NativeStream, openMedia } from './media-file.js';
import { type FramesOptions, FramesOptionsSchema } from './options.js';
import { orientationOf } from './orientation.js';
import { rationalRate } from './rational.js';

/** A still picture may stay for a while, but a jump of this many seconds is a damaged timestamp. */
const LONGEST_STILL = 3600;

/**
 * Decodes the video of a file to upright RGB24 frames, one at a time: memory does not grow with the length, decoding
 * waits for the consumer, and leaving the loop early releases everything. Each frame has memory of its own.
 *
 * With `fps` the frames are those of FFmpeg's `fps` filter (see createFpsRule), slot 0 at time zero of the container,
 * so that frame k shows the time k / fps of the sound that readAudio gives. Frames that are not shown are decoded but
 * not converted. Scaling is bicubic, chroma is interpolated, colors follow the file's matrix and range.
 *
 * @param path - a video file
 * @returns frames; iterating throws FILE_NOT_FOUND, FILE_UNREADABLE, EMPTY_INPUT, NOT_MEDIA, NO_VIDEO, ABORTED, and
 *   TRUNCATED after the last frame that is there
 * @throws BAD_OPTION at once
 */
export function readFrames(
  path: string,
  options: FramesOptions = {},
): AsyncGenerator<Frame, void, undefined> {
  return generateFrames(path, parseOptions(FramesOptionsSchema, options, 'readFrames'));
}

async function* generateFrames(
  path: string,
  options: z.output<typeof FramesOptionsSchema>,
): AsyncGenerator<Frame, void, undefined> {
  const file = await openMedia(path);
  const resources: { close(): void }[] = [];
  let [held, incoming] = [new av.Frame(), new av.Frame()];
  try {
    const stream = file.video;
    if (!stream)
      throw mediaError('NO_VIDEO', path, 'has no video stream', 'it holds sound only: use readAudio');
    const decoder = options.bitError
      ? await createDamagedDecoder(file, stream, options.bitError, options.signal)
      : createDecoder(file, stream, options);
    resources.push(decoder);
    const converter = createFrameConverter(path, options, orientationOf(stream));
    resources.push(converter);
    held.alloc();
    incoming.alloc();

    if (options.fps === undefined) {
      while (await decoder.next(incoming)) yield converter.convert(incoming);
    } else {
      const rule = createFpsRule(rationalRate(options.fps), stream.timeBase);
      const clock = createClock(file, stream);
      while (await decoder.next(incoming)) {
        yield* repeat(() => converter.convert(held), rule.push(clock.time(incoming)));
        [held, incoming] = [incoming, held];
        incoming.unref();
      }
      yield* repeat(() => converter.convert(held), rule.finish(clock.end()));
    }
    decoder.assertComplete();
  } finally {
    held.free();
    incoming.free();
    for (const resource of resources) resource.close();
    file.close();
  }
}

/** Each yielded frame is a copy of its own, since consumers may write into it. */
function* repeat(convert: () => Frame, times: number): Generator<Frame, void, undefined> {
  if (times === 0) return;
  const frame = convert();
  for (let i = 1; i < times; i++) yield { ...frame, data: frame.data.slice() };
  yield frame;
}

/** Presentation times in ticks since time zero of the container. */
function createClock(file: MediaFile, stream: NativeStream) {
  const { num, den } = stream.timeBase;
  const origin = Math.round((file.origin * den) / (num * 1e6));
  const usual = Math.max(1, Math.round(den / (num * (frameRate(stream) ?? 25))));
  let end: number | undefined;
  let previous: number | undefined;
  return {
    time(frame: NativeFrame): number {
      const stamp = frame.bestEffortTimestamp;
      // Raw streams have no times: one frame follows the other.
      const time = stamp === constants.AV_NOPTS_VALUE ? (end ?? 0) : Number(stamp) - origin;
      if ((Math.abs(time - (previous ?? 0)) * num) / den > LONGEST_STILL) {
        throw mediaError(
          'FILE_UNREADABLE',
          file.path,
          `has a timestamp that jumps by more than ${LONGEST_STILL} s`,
          'its clock is damaged: convert the file again, or read it without fps',
        );
      }
      previous = time;
      end = time + (Number(frame.duration) || usual);
      return time;
    },
    end: () => end ?? 0,
  };
}
