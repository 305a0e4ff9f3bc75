import { check } from '../errors.js';
import { av, constants, seconds } from '../ffmpeg.js';
import type { MediaFile, NativeStream } from '../media-file.js';
import { createPacketReader } from '../packet-reader.js';
import { describeLike, isKnown, type OutputFormat, originTicks, type Track } from './track.js';

/** Streams that go from one file to another packet by packet. */
export interface CopyTrack extends Track {
  add(stream: NativeStream): void;
}

/**
 * @param file - of its own: its demuxer leaves out the streams that were not added
 * @param keepTags - both containers are of one family, so that the codec's four letters mean the same
 */
export function createCopyTrack(
  file: MediaFile,
  output: OutputFormat,
  target: string,
  keepTags: boolean,
  signal: AbortSignal | undefined,
): CopyTrack {
  const packet = new av.Packet();
  packet.alloc();
  const copies = new Map<number, { from: NativeStream; to: NativeStream; origin: bigint }>();
  let reader: ReturnType<typeof createPacketReader> | undefined;
  let time = 0;

  return {
    add(stream) {
      const to = addCopy(output, stream, keepTags);
      describeLike(to, stream);
      copies.set(stream.index, { from: stream, to, origin: originTicks(file.origin, stream.timeBase) });
    },
    time: () => time,
    async step() {
      reader ??= createPacketReader(file, [...copies.keys()], signal);
      if (!(await reader.next(packet))) return false;
      const { from, to, origin } = copies.get(packet.streamIndex)!;
      if (isKnown(packet.pts)) packet.pts -= origin;
      if (isKnown(packet.dts)) {
        packet.dts -= origin;
        time = Math.max(time, seconds(packet.dts, from.timeBase) ?? 0);
      }
      packet.streamIndex = to.index;
      packet.rescaleTs(from.timeBase, to.timeBase);
      packet.pos = -1n;
      check(output.interleavedWriteFrameSync(packet), target, 'writing');
      return true;
    },
    close() {
      packet.free();
      file.close();
    },
  };
}

function addCopy(output: OutputFormat, stream: NativeStream, keepTags: boolean): NativeStream {
  const to = output.newStream();
  stream.codecpar.copy(to.codecpar);
  if (!keepTags) to.codecpar.codecTag = 0;
  to.timeBase = stream.timeBase;
  to.avgFrameRate = stream.avgFrameRate;
  to.sampleAspectRatio = stream.sampleAspectRatio;
  return to;
}

/**
 * Whether a container can hold a stream as it is: says the muxer, when a file with it alone is begun.
 * @param scratch - a file that may be overwritten
 */
export function canHold(muxer: string, stream: NativeStream, keepTags: boolean, scratch: string): boolean {
  const output = new av.FormatContext();
  try {
    check(output.allocOutputContext2(null, muxer, `file:${scratch}`), scratch, 'preparing the file');
    output.strictStdCompliance = constants.FF_COMPLIANCE_EXPERIMENTAL;
    addCopy(output, stream, keepTags);
    check(output.openOutputSync(), scratch, 'opening the file');
    return output.writeHeaderSync() >= 0;
  } finally {
    output.closeOutputSync();
    output.freeContext();
  }
}
