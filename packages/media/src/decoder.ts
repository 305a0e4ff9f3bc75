import { throwIfAborted } from '@robusta/core';
import { mediaError, truncatedError } from './errors.js';
import { av, constants } from './ffmpeg.js';
import type { MediaFile, NativeStream } from './media-file.js';
import { createPace } from './pace.js';

export type NativeFrame = InstanceType<typeof av.Frame>;

/** Decodes one stream of a file, frame by frame. */
export interface StreamDecoder {
  /** Decodes the next frame into the one given; false at the end of the stream. */
  next(into: NativeFrame): Promise<boolean>;
  /** @throws TRUNCATED or FILE_UNREADABLE if the stream that has just ended was not whole */
  assertComplete(): void;
  close(): void;
}

/** @throws FILE_UNREADABLE where this FFmpeg has no decoder for the stream */
export function createDecoder(
  file: MediaFile,
  stream: NativeStream,
  { threads, signal }: { threads: number; signal?: AbortSignal | undefined },
): StreamDecoder {
  const { format, path } = file;
  for (const other of format.streams) {
    if (other.index !== stream.index) other.discard = constants.AVDISCARD_ALL;
  }
  const context = openContext(path, stream, threads);
  const packet = new av.Packet();
  packet.alloc();
  let frames = 0;
  let end = 0;
  let draining = false;
  const pace = createPace();

  /** Gives the decoder its next packet, or at the end of the file the sign to hand out what it still holds. */
  async function feed(): Promise<void> {
    for (;;) {
      await pace();
      throwIfAborted(signal);
      const code = format.readFrameSync(packet);
      if (code < 0) {
        if (code !== constants.AVERROR_EOF) end = code;
        draining = true;
        context.sendPacketSync(null);
        return;
      }
      const ours = packet.streamIndex === stream.index;
      // A packet that cannot be decoded is skipped, as players do; the frames around it are still of use.
      if (ours) context.sendPacketSync(packet);
      packet.unref();
      if (ours) return;
    }
  }

  return {
    async next(into) {
      for (;;) {
        const code = context.receiveFrameSync(into);
        if (code >= 0) {
          frames++;
          return true;
        }
        if (draining) return false;
        await feed();
      }
    },
    assertComplete() {
      if (file.truncated) throw truncatedError(path);
      if (end < 0 || frames === 0) {
        throw mediaError(
          'FILE_UNREADABLE',
          path,
          `is damaged: ${frames === 0 ? 'nothing in it can be decoded' : `reading stopped after ${frames} frames`}`,
          'fetch the file again or repair it',
        );
      }
    },
    close() {
      packet.free();
      context.freeContext();
    },
  };
}

function openContext(path: string, stream: NativeStream, threads: number) {
  const parameters = stream.codecpar;
  const codec = av.Codec.findDecoder(parameters.codecId);
  const context = new av.CodecContext();
  if (codec) {
    context.allocContext3(codec);
    context.parametersToContext(parameters);
    // Without it the decoder cannot adjust times when it drops encoder priming.
    context.pktTimebase = stream.timeBase;
    context.threadCount = threads;
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
