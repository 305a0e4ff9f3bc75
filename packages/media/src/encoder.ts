import { RobustaError } from '@robusta/core';
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
  stream: InstanceType<typeof av.Stream>;
  /** Encodes a frame, or at the end (null) what the encoder still holds, and writes the packets that come out. */
  encode(frame: NativeFrame | null): Promise<void>;
  close(): void;
}

/** How an encoder is set up. */
export interface EncoderSetup {
  codec: Codec;
  timeBase: Rational;
  options: Record<string, string>;
  /** Sets size or rate of the context before it is opened. */
  configure(context: CodecContext): void;
}

/** Headers once for the stream, not in the packets, unless `inBand`. The bit-exact flag makes the bytes depend on the input alone. */
export function openEncoder(path: string, setup: EncoderSetup, inBand = false): CodecContext {
  const { codec, timeBase, options, configure } = setup;
  const context = new av.CodecContext();
  context.allocContext3(codec);
  context.timeBase = new av.Rational(timeBase.num, timeBase.den);
  context.threadCount = 1;
  context.setFlags(constants.AV_CODEC_FLAG_BITEXACT);
  if (!inBand) context.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
  configure(context);
  try {
    for (const [name, value] of Object.entries(options)) {
      check(context.setOption(name, value), path, `setting ${name} of ${codec.name}`);
    }
    check(context.open2Sync(codec), path, `opening the ${codec.name} encoder`);
    return context;
  } catch (error) {
    context.freeContext();
    throw error;
  }
}

/** Adds a stream to an output file, and opens the encoder that feeds it. */
export function createStreamEncoder(path: string, output: FormatContext, setup: EncoderSetup): StreamEncoder {
  const { timeBase } = setup;
  const inBand = !output.oformat?.hasFlags(constants.AVFMT_GLOBALHEADER as never);
  const context = openEncoder(path, setup, inBand);
  const stream = output.newStream();
  stream.timeBase = context.timeBase;
  stream.codecpar.fromContext(context);
  const pace = createPace();
  const packet = new av.Packet();
  packet.alloc();
  /** Of frames that the encoder still holds: x264 gives packets no duration. */
  const durations = new Map<bigint, bigint>();

  return {
    context,
    timeBase,
    stream,
    async encode(frame) {
      await pace();
      if (frame) durations.set(frame.pts, frame.duration);
      check(context.sendFrameSync(frame), path, 'encoding');
      while (context.receivePacketSync(packet) >= 0) {
        packet.streamIndex = stream.index;
        // Without a duration the last frame would end when it begins and be lost.
        if (packet.duration === 0n) packet.duration = durations.get(packet.pts) || 1n;
        durations.delete(packet.pts);
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
export function findEncoder(name: EncoderName): Codec {
  const codec = av.Codec.findEncoderByName(name as never);
  if (!codec) {
    throw new RobustaError('INTERNAL', `this FFmpeg has no ${name} encoder`, {
      hint: 'install node-av with its prebuilt FFmpeg, which has it',
    });
  }
  return codec;
}

/** The encoders that are used. */
export type EncoderName = 'libx264' | 'aac' | 'libmp3lame' | 'libopus' | 'flac' | 'pcm_s16le' | 'pcm_s24le';
