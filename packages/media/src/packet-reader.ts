import { throwIfAborted } from '@robusta/core';
import { type av, constants } from './ffmpeg.js';
import type { MediaFile } from './media-file.js';
import { createPace } from './pace.js';

export type NativePacket = InstanceType<typeof av.Packet>;

/** Reads the packets of chosen streams of a file. */
export interface PacketReader {
  /** Reads the next packet into the one given; false at the end of the file. */
  next(into: NativePacket): Promise<boolean>;
  /** The code of FFmpeg with which reading stopped too early, else 0. */
  readonly failure: number;
}

/** The others are skipped by the demuxer. */
export function createPacketReader(
  { format }: MediaFile,
  streams: readonly number[],
  signal: AbortSignal | undefined,
): PacketReader {
  for (const stream of format.streams) {
    if (!streams.includes(stream.index)) stream.discard = constants.AVDISCARD_ALL;
  }
  const pace = createPace();
  let failure = 0;
  let ended = false;
  return {
    async next(into) {
      while (!ended) {
        await pace();
        throwIfAborted(signal);
        into.unref();
        const code = format.readFrameSync(into);
        if (code >= 0) {
          if (streams.includes(into.streamIndex)) return true;
          continue;
        }
        if (code !== constants.AVERROR_EOF) failure = code;
        ended = true;
      }
      return false;
    },
    get failure() {
      return failure;
    },
  };
}

/** Gives a packet other bytes. What `packet.data` reads is a copy, and writing it would drop everything else. */
export function replaceData(packet: NativePacket, data: Buffer): void {
  const { pts, dts, duration, flags, streamIndex } = packet;
  const parameters = packet.getSideData(constants.AV_PKT_DATA_NEW_EXTRADATA);
  packet.data = data;
  packet.pts = pts;
  packet.dts = dts;
  packet.duration = duration;
  packet.flags = flags;
  packet.streamIndex = streamIndex;
  if (parameters) packet.addSideData(constants.AV_PKT_DATA_NEW_EXTRADATA, parameters);
}
