import { check } from './errors.js';
import { av, constants, type Rational } from './ffmpeg.js';
import { createPace } from './pace.js';

type CodecContext = InstanceType<typeof av.CodecContext>;
type FormatContext = InstanceType<typeof av.FormatContext>;
type Codec = InstanceType<typeof av.Codec>;
type NativeFrame = InstanceType<typeof av.Frame>;

/** One stream of an output file and the encoder that feeds it. */
export interface StreamEncoder {
  context: CodecContext;
  timeBase: Rational;
  /** Encodes a frame, or at the end (null) what the encoder still holds, and writes the packets that come out. */
  encode(frame: NativeFrame | null): Promise<void>;
  close(): void;
}

/**
 * Adds a stream to an output file. One thread and the bit-exact flag make the bytes depend on the input alone.
 * @param configure - sets size or rate of the context before it is opened
 */
export function createStreamEncoder(
  path: string,
  output: FormatContext,
  codec: Codec,
  timeBase: Rational,
  options: Record<string, string>,
  configure: (context: CodecContext) => void,
): StreamEncoder {
  const context = new av.CodecContext();
  context.allocContext3(codec);
  context.timeBase = new av.Rational(timeBase.num, timeBase.den);
  context.threadCount = 1;
  context.setFlags(constants.AV_CODEC_FLAG_BITEXACT);
  if (output.oformat?.hasFlags(constants.AVFMT_GLOBALHEADER as never)) {
    context.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
  }
  configure(context);
  try {
    for (const [name, value] of Object.entries(options)) {
      check(context.setOption(name, value), path, `setting ${name} of ${codec.name}`);
    }
    check(context.open2Sync(codec), path, `opening the ${codec.name} encoder`);
  } catch (error) {
    context.freeContext();
    throw error;
  }
  const stream = output.newStream();
  stream.timeBase = context.timeBase;
  stream.codecpar.fromContext(context);
  const pace = createPace();
  const packet = new av.Packet();
  packet.alloc();

  return {
    context,
    timeBase,
    async encode(frame) {
      await pace();
      check(context.sendFrameSync(frame), path, 'encoding');
      while (context.receivePacketSync(packet) >= 0) {
        packet.streamIndex = stream.index;
        // x264 gives packets no duration; without one the last frame would end when it begins and be lost.
        if (packet.duration === 0n) packet.duration = 1n;
        // The muxer may have chosen a finer clock than the encoder's.
        packet.rescaleTs(timeBase, stream.timeBase);
        check(output.interleavedWriteFrameSync(packet), path, 'writing');
        packet.unref();
      }
    },
    close() {
      packet.free();
      context.freeContext();
    },
  };
}

/** @throws INTERNAL if this build of FFmpeg lacks it */
export function findEncoder(name: 'libx264' | 'aac'): Codec {
  const codec = av.Codec.findEncoderByName(name as never);
  if (!codec) throw new Error(`this FFmpeg has no ${name} encoder`);
  return codec;
}
