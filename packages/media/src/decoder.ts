import { mediaError, truncatedError } from './errors.js';
import { av, constants, type Rational } from './ffmpeg.js';
import type { MediaFile, NativeStream } from './media-file.js';
import { createPacketReader } from './packet-reader.js';

export type NativeFrame = InstanceType<typeof av.Frame>;
export type CodecContext = InstanceType<typeof av.CodecContext>;
type CodecParameters = NativeStream['codecpar'];

/** Decodes one stream of a file, frame by frame. */
export interface StreamDecoder {
  /** Decodes the next frame into the one given; false at the end of the stream. */
  next(into: NativeFrame): Promise<boolean>;
  /** @throws TRUNCATED or FILE_UNREADABLE if the stream that has just ended was not whole */
  assertComplete(): void;
  close(): void;
}

export interface DecoderSettings {
  threads: number;
  signal?: AbortSignal | undefined;
}

/** @throws FILE_UNREADABLE where this FFmpeg has no decoder for the stream */
export function createDecoder(
  file: MediaFile,
  stream: NativeStream,
  { threads, signal }: DecoderSettings,
): StreamDecoder {
  const { path } = file;
  const reader = createPacketReader(file, [stream.index], signal);
  const context = openDecoder(path, stream.codecpar, stream.timeBase, threads);
  const packet = new av.Packet();
  packet.alloc();
  let frames = 0;
  let draining = false;

  return {
    async next(into) {
      for (;;) {
        const code = context.receiveFrameSync(into);
        if (code >= 0) {
          frames++;
          return true;
        }
        if (draining) return false;
        if (await reader.next(packet)) {
          // A packet that cannot be decoded is skipped, as players do; the frames around it are still of use.
          context.sendPacketSync(packet);
        } else {
          // The decoder hands out what it still holds.
          draining = true;
          context.sendPacketSync(null);
        }
      }
    },
    assertComplete: () => assertWhole(file, frames, reader.failure),
    close() {
      packet.free();
      context.freeContext();
    },
  };
}

/** @throws TRUNCATED or FILE_UNREADABLE if the stream that has just been read to its end was not whole */
export function assertWhole({ path, truncated }: MediaFile, frames: number, failure: number): void {
  if (truncated) throw truncatedError(path);
  if (failure < 0 || frames === 0) {
    throw mediaError(
      'FILE_UNREADABLE',
      path,
      `is damaged: ${frames === 0 ? 'nothing in it can be decoded' : `reading stopped after ${frames} frames`}`,
      'fetch the file again or repair it',
    );
  }
}

/**
 * @param configure - sets flags before it is opened
 * @throws FILE_UNREADABLE where this FFmpeg has no decoder for the stream
 */
export function openDecoder(
  path: string,
  parameters: CodecParameters,
  timeBase: Rational,
  threads: number,
  configure: (context: CodecContext) => void = () => {},
): CodecContext {
  const codec = av.Codec.findDecoder(parameters.codecId);
  const context = new av.CodecContext();
  if (codec) {
    context.allocContext3(codec);
    context.parametersToContext(parameters);
    // Without it the decoder cannot adjust times when it drops encoder priming.
    context.pktTimebase = new av.Rational(timeBase.num, timeBase.den);
    context.threadCount = threads;
    configure(context);
    if (context.open2Sync(codec) >= 0) return context;
    context.freeContext();
  }
  const name = av.avGetCodecName(parameters.codecId) ?? 'unknown';
  throw mediaError(
    'FILE_UNREADABLE',
    path,
    `holds a stream of codec ${name} that cannot be decoded here`,
    'convert it to H.264 or AAC first',
  );
}

/** True for a time that FFmpeg does not know. */
export const isUnknown = (time: bigint) => time === constants.AV_NOPTS_VALUE;
