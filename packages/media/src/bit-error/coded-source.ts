import { createDecoder, type DecoderSettings, type NativeFrame, openDecoder } from '../decoder.js';
import { openEncoder } from '../encoder.js';
import { check } from '../errors.js';
import { av, constants, type Rational } from '../ffmpeg.js';
import { frameRate } from '../frame-rate.js';
import type { MediaFile, NativeStream } from '../media-file.js';
import { createPacketReader, type NativePacket } from '../packet-reader.js';
import { createCanvas, createScaler } from '../picture.js';
import { rationalRate } from '../rational.js';
import { h264Setup } from '../video-encoder.js';

/** A picture that the whole stream would show. */
export interface ExpectedPicture {
  /** The `pts` of the decoded picture. */
  id: bigint;
  /** What the decoder of the whole stream says of it. */
  time: bigint;
  duration: bigint;
}

/** H.264 packets, and the pictures that they show while they are whole. */
export interface CodedSource {
  /** Puts the next packet into the one given; false at the end. */
  next(into: NativePacket): Promise<boolean>;
  /** Pictures in the order in which they are shown; some more after each packet. */
  expected: ExpectedPicture[];
  /** What a decoder of the packets has to know. */
  parameters: NativeStream['codecpar'];
  timeBase: Rational;
  /** How the stream was encoded, where its own codec is not H.264. */
  encoded?: { codec: 'h264'; crf: number; gop: number; from: string };
  /** Code of FFmpeg with which reading stopped too early. */
  failure(): number;
  close(): void;
}

/** The packets of an H.264 stream as they are in the file. */
export function fileSource(file: MediaFile, stream: NativeStream, settings: DecoderSettings): CodedSource {
  const reader = createPacketReader(file, [stream.index], settings.signal);
  // Only its times count: the filter that smooths blocks changes none of them and takes a third of the work.
  const clean = openDecoder(file.path, stream.codecpar, stream.timeBase, settings.threads, (context) => {
    context.setOption('skip_loop_filter', 'all');
  });
  const frame = new av.Frame();
  frame.alloc();
  const expected: ExpectedPicture[] = [];
  function collect() {
    while (clean.receiveFrameSync(frame) >= 0) expected.push(picture(frame));
  }
  return {
    expected,
    parameters: stream.codecpar,
    timeBase: stream.timeBase,
    async next(into) {
      const more = await reader.next(into);
      clean.sendPacketSync(more ? into : null);
      collect();
      return more;
    },
    failure: () => reader.failure,
    close() {
      frame.free();
      clean.freeContext();
    },
  };
}

const picture = ({ pts, bestEffortTimestamp, duration }: NativeFrame): ExpectedPicture => ({
  id: pts,
  time: bestEffortTimestamp,
  duration,
});

/** How a stream of another codec is brought to H.264 before it is damaged. */
const ENCODING = { crf: 23, gop: 250 } as const;

/** A stream of any codec, encoded to H.264 as it is read; only a few pictures are held. */
export function encodedSource(file: MediaFile, stream: NativeStream, settings: DecoderSettings): CodedSource {
  const { path } = file;
  const decoder = createDecoder(file, stream, settings);
  const rate = rationalRate(frameRate(stream) ?? 25);
  const timeBase = { num: rate.den, den: rate.num };
  const expected: ExpectedPicture[] = [];
  const frame = new av.Frame();
  frame.alloc();
  const { width, height } = stream.codecpar;
  // 4:2:0 cannot hold odd sizes.
  const format = width % 2 || height % 2 ? constants.AV_PIX_FMT_YUV444P : constants.AV_PIX_FMT_YUV420P;
  const canvas = createCanvas(width, height, format).frame;
  const scaler = createScaler();
  const encoder = openEncoder(
    path,
    h264Setup({ width, height, format, timeBase, rate, ...ENCODING, preset: 'medium', threads: 1 }),
  );
  const parameters = new av.CodecParameters();
  parameters.alloc();
  parameters.fromContext(encoder);
  let count = 0n;
  let flushed = false;

  return {
    expected,
    parameters,
    timeBase,
    encoded: { codec: 'h264', ...ENCODING, from: av.avGetCodecName(stream.codecpar.codecId) ?? 'unknown' },
    async next(into) {
      for (;;) {
        into.unref();
        if (encoder.receivePacketSync(into) >= 0) return true;
        if (flushed) return false;
        if (await decoder.next(frame)) {
          check(canvas.makeWritable(), path, 'allocating a picture');
          canvas.colorSpace = frame.colorSpace;
          canvas.colorRange = frame.colorRange;
          check(scaler.scale(frame, canvas), path, 'converting a picture');
          canvas.pts = count;
          canvas.pictType = constants.AV_PICTURE_TYPE_NONE;
          expected.push({ ...picture(frame), id: count });
          count++;
          check(encoder.sendFrameSync(canvas), path, 'encoding');
        } else {
          decoder.assertComplete();
          flushed = true;
          check(encoder.sendFrameSync(null), path, 'encoding');
        }
      }
    },
    failure: () => 0,
    close() {
      frame.free();
      canvas.free();
      scaler.close();
      parameters.free();
      encoder.freeContext();
      decoder.close();
    },
  };
}
