import type { NativeFrame } from './decoder.js';
import { mediaError } from './errors.js';
import { av, constants } from './ffmpeg.js';

/** Gives decoded sound as planar float samples, whatever the codec delivers. */
export interface SampleReader {
  /** @returns one array a channel, valid until the next call */
  read(frame: NativeFrame): Float32Array[];
  close(): void;
}

/** As many planes as FFmpeg's own table of a frame has; the binding reads and writes no more. */
const MOST_CHANNELS = 8;

/**
 * Samples keep the rate and channels given; where a stream changes its format in the middle, FFmpeg converts to them.
 */
export function createSampleReader(path: string, sampleRate: number, channelCount: number): SampleReader {
  requireChannels(path, channelCount);
  const target = av.avChannelLayoutDefault(channelCount);
  let context: InstanceType<typeof av.SoftwareResampleContext> | undefined;
  let key = '';

  function configure(frame: NativeFrame) {
    context?.free();
    context = new av.SoftwareResampleContext();
    const source = frame.channels === channelCount ? target : frame.channelLayout;
    const format = frame.format as typeof constants.AV_SAMPLE_FMT_FLTP;
    let code = context.allocSetOpts2(
      target,
      constants.AV_SAMPLE_FMT_FLTP,
      sampleRate,
      source,
      format,
      frame.sampleRate,
    );
    if (code >= 0) code = context.init();
    if (code >= 0) return context;
    throw mediaError(
      'FILE_UNREADABLE',
      path,
      `holds sound in a format that cannot be converted: ${av.FFmpegError.strerror(code)}`,
      'convert it to AAC or WAV first',
    );
  }

  return {
    read(frame) {
      const count = frame.nbSamples;
      if (frame.channels !== channelCount) requireChannels(path, frame.channels);
      const planes = frame.extendedData!;
      if (
        frame.format === constants.AV_SAMPLE_FMT_FLTP &&
        frame.channels === channelCount &&
        frame.sampleRate === sampleRate
      ) {
        return planes.slice(0, channelCount).map((plane) => floats(plane, count));
      }
      const current = `${frame.format} ${frame.sampleRate} ${frame.channels}`;
      if (!context || current !== key) context = configure(frame);
      key = current;
      const room = context.getOutSamples(count);
      const output = Array.from({ length: channelCount }, () => new Float32Array(room));
      const buffers = output.map((samples) => Buffer.from(samples.buffer));
      const written = context.convertSync(buffers, room, planes, count);
      return output.map((samples) => samples.subarray(0, Math.max(0, written)));
    },
    close: () => context?.free(),
  };
}

function requireChannels(path: string, count: number): void {
  if (count >= 1 && count <= MOST_CHANNELS) return;
  throw mediaError(
    'FILE_UNREADABLE',
    path,
    `has sound of ${count} channels, 1 to ${MOST_CHANNELS} can be read`,
    'mix the channels down first',
  );
}

/** FFmpeg's buffers are aligned far beyond the four bytes that a float needs. */
const floats = (plane: Buffer, count: number) => new Float32Array(plane.buffer, plane.byteOffset, count);
