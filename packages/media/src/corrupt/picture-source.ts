import type { Frame } from '@robusta/core';
import { parseOptions } from '@robusta/core';
import {
  createClipCorruption,
  createFrameCorruption,
  type VisualCorruption,
} from '@robusta/corruptions-visual';
import { createDamagedDecoder } from '../bit-error/damaged-decoder.js';
import { BitErrorOptionsSchema } from '../bit-error/options.js';
import { createDecoder, isUnknown, type NativeFrame, type StreamDecoder } from '../decoder.js';
import { mediaError } from '../errors.js';
import { av, type Rational } from '../ffmpeg.js';
import { createFrameConverter } from '../frame-converter.js';
import { frameRate } from '../frame-rate.js';
import { type MediaFile, type NativeStream, openMedia } from '../media-file.js';
import { orientationOf } from '../orientation.js';
import { rationalRate } from '../rational.js';
import type { SeededChoice } from './options.js';
import type { Applied } from './report.js';
import { originTicks } from './track.js';

/** A picture and its time in ticks of the stream, since time zero of the container. */
export interface TimedFrame {
  frame: Frame;
  pts: bigint;
  duration: bigint;
}

/** The corrupted pictures of a file, with the number and the times of the whole ones. */
export interface PictureSource {
  stream: NativeStream;
  rate: Rational;
  /** Valid until the next call; undefined at the end. */
  next(): Promise<TimedFrame | undefined>;
  /** What was done; complete at the end. */
  applied(): Applied;
  close(): void;
}

/** @throws NO_VIDEO, FILE_UNREADABLE, BAD_OPTION; `next` also TRUNCATED after the last picture, and ABORTED */
export async function openPictures(
  path: string,
  { name, ...options }: SeededChoice,
  signal: AbortSignal | undefined,
): Promise<PictureSource> {
  const file = await openMedia(path);
  const stream = file.video;
  try {
    if (!stream) {
      throw mediaError('NO_VIDEO', path, 'has no video stream', 'it holds sound only: leave visual out');
    }
    if (name === 'bit-error') {
      const checked = parseOptions(BitErrorOptionsSchema, options, 'bit-error');
      const decoder = await createDamagedDecoder(file, stream, checked, signal);
      const pictures = readPictures(file, stream, decoder);
      return {
        ...describe(file, stream, pictures, decoder),
        next: async () => (await pictures.next()).value ?? undefined,
        applied: () => ({ name, ...severityOf(options), ...decoder.report() }),
      };
    }
    const decoder = createDecoder(file, stream, { threads: 1, signal });
    const pictures = readPictures(file, stream, decoder);
    const fps = frameRate(stream) ?? 25;
    const corrupted = corruptPictures(pictures, name as Exclude<VisualCorruption, 'bit-error'>, {
      ...options,
      fps,
    });
    return {
      ...describe(file, stream, corrupted.frames, decoder),
      next: async () => (await corrupted.frames.next()).value ?? undefined,
      applied: () => ({ name, ...severityOf(options), ...corrupted.applied() }),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

const severityOf = ({ severity }: { severity?: unknown }) =>
  typeof severity === 'number' ? { severity } : {};

function describe(
  file: MediaFile,
  stream: NativeStream,
  frames: AsyncGenerator<TimedFrame>,
  decoder: StreamDecoder,
) {
  return {
    stream,
    rate: rationalRate(frameRate(stream) ?? 25),
    close() {
      // Ends the generators that have begun; the rest is closed here.
      void frames.return(undefined);
      decoder.close();
      file.close();
    },
  };
}

/** Decodes upright pictures. */
async function* readPictures(
  file: MediaFile,
  stream: NativeStream,
  decoder: StreamDecoder,
): AsyncGenerator<TimedFrame, void, undefined> {
  const converter = createFrameConverter(file.path, {}, orientationOf(stream));
  const native = new av.Frame();
  native.alloc();
  const { num, den } = stream.timeBase;
  const usual = BigInt(Math.max(1, Math.round(den / (num * (frameRate(stream) ?? 25)))));
  const origin = originTicks(file.origin, stream.timeBase);
  let end: bigint | undefined;
  let last: bigint | undefined;
  const time = ({ bestEffortTimestamp: stamp }: NativeFrame) => {
    // Raw streams have no times: one picture follows the other. No two may have the same.
    const own = isUnknown(stamp) ? (end ?? 0n) : stamp - origin;
    return last !== undefined && own <= last ? last + 1n : own;
  };
  try {
    while (await decoder.next(native)) {
      const pts = time(native);
      const duration = native.duration > 0n ? native.duration : usual;
      last = pts;
      end = pts + duration;
      yield { frame: converter.convert(native), pts, duration };
    }
    decoder.assertComplete();
  } finally {
    native.free();
    converter.close();
  }
}

type FrameLevel = Exclude<VisualCorruption, 'bit-error'>;

/** Pictures that come out of a corruption, some time after they went in. */
interface Stage {
  parameters: object;
  /** Gives the picture that is ready, if there is one. */
  push(frame: Frame): Frame | undefined;
  /** Gives the next picture that is still owed. */
  flush(): Frame | undefined;
}

function corruptPictures(
  pictures: AsyncGenerator<TimedFrame, void, undefined>,
  name: FrameLevel,
  options: Record<string, unknown>,
) {
  let stage: Stage | undefined;
  let count = 0;
  async function* generate(): AsyncGenerator<TimedFrame, void, undefined> {
    const times: { pts: bigint; duration: bigint }[] = [];
    for await (const { frame, ...time } of pictures) {
      const { width, height } = frame;
      stage ??= openStage(name, { ...options, width, height });
      times.push(time);
      count++;
      const ready = stage.push(frame);
      if (ready) yield { frame: ready, ...times.shift()! };
    }
    for (let rest = stage?.flush(); rest; rest = stage?.flush()) yield { frame: rest, ...times.shift()! };
  }
  return {
    frames: generate(),
    applied: () => ({ parameters: stage?.parameters ?? {}, measured: { frames: count } }),
  };
}

/** A picture that is given out is written over by the next one. */
function openStage(
  name: FrameLevel,
  options: Record<string, unknown> & { width: number; height: number },
): Stage {
  const { width, height } = options;
  const out = { width, height, data: new Uint8Array(width * height * 3) };
  if (name === 'motion-blur' && options.mode === 'temporal') {
    const corruption = createClipCorruption(name, options as never);
    const stream = corruption.stream();
    return {
      parameters: corruption.parameters,
      push: (frame) => stream.push(frame, out),
      flush: () => stream.flush(out),
    };
  }
  const corruption = createFrameCorruption(name, options as never);
  let index = 0;
  return {
    parameters: corruption.parameters,
    push: (frame) => corruption.apply(frame, index++, out),
    flush: () => undefined,
  };
}
