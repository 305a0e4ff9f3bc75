import {
  assertWhole,
  type DecoderSettings,
  isUnknown,
  type NativeFrame,
  openDecoder,
  type StreamDecoder,
} from '../decoder.js';
import { check } from '../errors.js';
import { av, constants } from '../ffmpeg.js';
import { type MediaFile, type NativeStream, openMedia } from '../media-file.js';
import { replaceData } from '../packet-reader.js';
import { createCanvas } from '../picture.js';
import { type ByteNoise, createByteNoise } from './byte-noise.js';
import { type CodedSource, type ExpectedPicture, encodedSource, fileSource } from './coded-source.js';
import { lengthSizeOf, sparedSpans } from './nal-units.js';
import { bitErrorRate, type CheckedBitErrorOptions } from './options.js';

/** What was done to a stream, JSON-safe. */
export interface BitErrorReport {
  /** Valid options that give the same bytes again. */
  parameters: { seed: number; bytesPerError: number; protect: CheckedBitErrorOptions['protect'] };
  measured: {
    /** Bytes of the coded stream, and how many of them were replaced. */
    bytes: number;
    hits: number;
    /** Pictures of the whole stream, and how many of them the decoder lost: the one before is shown again. */
    frames: number;
    repeatedFrames: number;
  };
  /** How the stream was encoded first, where its own codec is not H.264. */
  encoded?: CodedSource['encoded'];
}

/** A decoder of a stream that is damaged on the way to it. */
export interface DamagedDecoder extends StreamDecoder {
  report(): BitErrorReport;
}

/** Pictures that may wait for the whole stream to show theirs. */
const MOST_WAITING = 64;

/**
 * Decodes a video stream whose H.264 packets were damaged, with FFmpeg's concealment. It gives exactly the pictures of
 * the whole stream, at their times: one that the decoder lost is the one before, shown again. A stream of another codec
 * is encoded to H.264 first. One thread: with several, the same damage gives other pictures on every run.
 * @throws FILE_UNREADABLE where a stream of another codec cannot be decoded
 */
export async function createDamagedDecoder(
  file: MediaFile,
  stream: NativeStream,
  options: CheckedBitErrorOptions,
  signal: AbortSignal | undefined,
): Promise<DamagedDecoder> {
  const settings: DecoderSettings = { threads: 1, signal };
  const rate = bitErrorRate(options);
  const bytesPerError =
    'bytesPerError' in rate
      ? rate.bytesPerError
      : await rateFromSeconds(file.path, rate.errorsPerSecond, settings);
  const noise = createByteNoise(bytesPerError, options.seed);
  const source = openSource(file, stream, settings);
  return decodeDamaged(file, stream, source, noise, { ...options, bytesPerError });
}

const openSource = (file: MediaFile, stream: NativeStream, settings: DecoderSettings) =>
  stream.codecpar.codecId === constants.AV_CODEC_ID_H264
    ? fileSource(file, stream, settings)
    : encodedSource(file, stream, settings);

/** Counts the bytes of the stream in a pass of its own. */
async function rateFromSeconds(path: string, errorsPerSecond: number, settings: DecoderSettings) {
  const file = await openMedia(path);
  const packet = new av.Packet();
  packet.alloc();
  const source = openSource(file, file.video!, settings);
  try {
    let bytes = 0;
    while (await source.next(packet)) bytes += packet.size;
    const { num, den } = source.encoded ? source.timeBase : file.video!.timeBase;
    const last = source.expected.at(-1);
    const first = source.expected[0];
    const ticks = source.encoded
      ? source.expected.length
      : Number((last?.time ?? 0n) + (last?.duration ?? 0n) - (first?.time ?? 0n));
    const seconds = (ticks * num) / den;
    return Math.max(1, Math.min(0xffffffff, Math.round(bytes / Math.max(seconds, 1e-3) / errorsPerSecond)));
  } finally {
    packet.free();
    source.close();
    file.close();
  }
}

function decodeDamaged(
  file: MediaFile,
  stream: NativeStream,
  source: CodedSource,
  noise: ByteNoise,
  { seed, bytesPerError, protect }: CheckedBitErrorOptions & { bytesPerError: number },
): DamagedDecoder {
  const { path } = file;
  const lengthSize = lengthSizeOf(source.parameters.extradata);
  const decoder = openDecoder(path, source.parameters, source.timeBase, 1, (context) => {
    // Pictures that refer to lost ones are shown too.
    context.setFlags(constants.AV_CODEC_FLAG_OUTPUT_CORRUPT);
  });
  const packet = new av.Packet();
  packet.alloc();
  const waiting: NativeFrame[] = [];
  let shown: NativeFrame | undefined;
  let ended = false;
  let bytes = 0;
  let frames = 0;
  let repeatedFrames = 0;

  async function feed() {
    if (await source.next(packet)) {
      const data = packet.data;
      if (data) {
        bytes += data.length;
        noise.damage(data, sparedSpans(data, protect, lengthSize));
        replaceData(packet, data);
      }
      decoder.sendPacketSync(packet);
    } else {
      ended = true;
      decoder.sendPacketSync(null);
    }
    for (;;) {
      const frame = new av.Frame();
      frame.alloc();
      if (decoder.receiveFrameSync(frame) < 0) return frame.free();
      waiting.push(frame);
    }
  }

  function show(frame: NativeFrame) {
    shown?.free();
    shown = frame;
  }

  /** Makes `shown` the picture for the next expected one; false while that cannot be said. */
  function decide(): boolean {
    while (source.expected.length > 0) {
      const [next] = waiting;
      if (next) {
        const at = isUnknown(next.pts) ? 0 : indexOf(source.expected, next.pts);
        if (at === 0) {
          show(waiting.shift()!);
          return true;
        }
        if (at < 0) {
          // A picture that the whole stream has shown already, shows later, or does not show at all.
          const stale = next.pts < source.expected[0]!.id || ended || waiting.length > MOST_WAITING;
          if (!stale) return false;
          waiting.shift()!.free();
          continue;
        }
      } else if (!ended) return false;
      repeatedFrames++;
      if (!shown) show(next?.clone() ?? grey(stream));
      return true;
    }
    return false;
  }

  return {
    async next(into) {
      for (;;) {
        if (decide()) {
          const { time, duration } = source.expected.shift()!;
          into.unref();
          check(into.ref(shown!), path, 'holding a picture');
          into.pts = time;
          into.bestEffortTimestamp = time;
          into.duration = duration;
          frames++;
          return true;
        }
        if (ended) return false;
        await feed();
      }
    },
    assertComplete: () => assertWhole(file, frames, source.failure()),
    report: () => ({
      parameters: { seed, bytesPerError, protect },
      measured: { bytes, hits: noise.hits, frames, repeatedFrames },
      ...(source.encoded ? { encoded: source.encoded } : {}),
    }),
    close() {
      for (const frame of waiting) frame.free();
      shown?.free();
      packet.free();
      decoder.freeContext();
      source.close();
    },
  };
}

function indexOf(expected: readonly ExpectedPicture[], id: bigint): number {
  return expected.findIndex((picture) => picture.id === id);
}

/** Where not a single picture could be decoded. */
function grey({ codecpar: { width, height } }: NativeStream): NativeFrame {
  const { frame } = createCanvas(width, height, constants.AV_PIX_FMT_YUV420P);
  for (const plane of frame.data ?? []) plane.fill(128);
  return frame;
}
