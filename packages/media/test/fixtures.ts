import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AudioClip, Frame } from '@robusta/core';
import { createStreamEncoder, findEncoder } from '../src/encoder.js';
import { check } from '../src/errors.js';
import { av, constants } from '../src/ffmpeg.js';

/** A folder for the files of one test file, removed after its tests. */
export function temporaryFolder(): { path(name: string): string } {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'robusta-media-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return { path: (name) => join(folder, name) };
}

const BITS = 12;

/** A picture that carries its number as black and white fields, so that it survives any codec. */
export function numberedFrame(index: number, width = 96, height = 64): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = Math.floor((x * BITS) / width);
      const value = y < height / 2 ? ((index >> bit) & 1) * 220 + 16 : 128;
      data.fill(value, (y * width + x) * 3, (y * width + x + 1) * 3);
    }
  }
  return { width, height, data };
}

/** Reads the number from the middle of each field. */
export function frameNumber({ width, height, data }: Frame): number {
  let index = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const x = Math.floor(((bit + 0.5) * width) / BITS);
    if (data[(Math.floor(height / 4) * width + x) * 3]! > 128) index |= 1 << bit;
  }
  return index;
}

export function* numberedFrames(count: number, width?: number, height?: number): Generator<Frame> {
  for (let i = 0; i < count; i++) yield numberedFrame(i, width, height);
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** A sine a channel, 0.5 high, the first `quiet` seconds silent. */
export function tone(sampleRate: number, seconds: number, frequencies: number[], quiet = 0): AudioClip {
  const length = Math.round(sampleRate * seconds);
  const channels = frequencies.map((frequency) =>
    Float32Array.from({ length }, (_, i) =>
      i < quiet * sampleRate ? 0 : 0.5 * Math.sin((2 * Math.PI * frequency * i) / sampleRate),
    ),
  );
  return { sampleRate, channels };
}

/** First sample louder than 0.1, in seconds. */
export function onset({ sampleRate, channels }: AudioClip): number {
  return channels[0]!.findIndex((sample) => Math.abs(sample) > 0.1) / sampleRate;
}

/** Writes any container with frames and sound at chosen times, straight through FFmpeg. */
export async function writeRaw(
  path: string,
  format: string,
  {
    times,
    audio,
    audioStart = 0,
    codec: videoCodec = 'libx264',
    size: [width, height] = [96, 64],
  }: {
    times?: number[];
    audio?: AudioClip;
    audioStart?: number;
    codec?: 'libx264' | 'mpeg4';
    size?: [number, number];
  },
): Promise<string> {
  const output = new av.FormatContext();
  check(output.allocOutputContext2(null, format, `file:${path}`), path, 'preparing');
  const video =
    times &&
    createStreamEncoder(path, output, {
      codec: av.Codec.findEncoderByName(videoCodec as never)!,
      timeBase: { num: 1, den: 1000 },
      options: {},
      configure(context) {
        context.width = width;
        context.height = height;
        context.pixelFormat = constants.AV_PIX_FMT_YUV420P;
        context.maxBFrames = 0;
      },
    });
  const codec = findEncoder(format === 'wav' ? 'pcm_s16le' : 'aac');
  const pcm = codec.name !== 'aac';
  const layout = audio && av.avChannelLayoutDefault(audio.channels.length);
  const sound =
    audio &&
    createStreamEncoder(path, output, {
      codec,
      timeBase: { num: 1, den: audio.sampleRate },
      options: {},
      configure(context) {
        context.sampleRate = audio.sampleRate;
        context.sampleFormat = pcm ? constants.AV_SAMPLE_FMT_S16 : constants.AV_SAMPLE_FMT_FLTP;
        context.channelLayout = layout!;
      },
    });
  check(output.openOutputSync(), path, 'opening');
  check(output.writeHeaderSync(), path, 'writing');
  for (const [index, time] of (times ?? []).entries()) {
    const { data } = numberedFrame(index, width, height);
    const chroma = 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
    const luma = Buffer.alloc(width * height + chroma, 128);
    for (let i = 0; i < width * height; i++) luma[i] = data[i * 3]!;
    const frame = av.Frame.fromVideoBuffer(luma, { width, height, format: constants.AV_PIX_FMT_YUV420P });
    frame.pts = BigInt(Math.round(time * 1000));
    await video!.encode(frame);
    frame.free();
  }
  await video?.encode(null);
  if (audio) {
    const length = audio.channels[0]!.length;
    const step = sound!.context.frameSize || 1000;
    for (let from = 0; from < length; from += step) {
      const count = Math.min(step, length - from);
      const parts = audio.channels.map((samples) => samples.subarray(from, from + count));
      const frame = av.Frame.fromAudioBuffer(pcm ? interleave16(parts) : planar(parts), {
        nbSamples: count,
        format: pcm ? constants.AV_SAMPLE_FMT_S16 : constants.AV_SAMPLE_FMT_FLTP,
        sampleRate: audio.sampleRate,
        channelLayout: layout!,
      });
      frame.pts = BigInt(from + Math.round(audioStart * audio.sampleRate));
      await sound!.encode(frame);
      frame.free();
    }
    await sound!.encode(null);
  }
  check(output.writeTrailerSync(), path, 'finishing');
  output.closeOutputSync();
  video?.close();
  sound?.close();
  output.freeContext();
  return path;
}

function interleave16(channels: Float32Array[]): Buffer {
  const count = channels[0]!.length;
  const buffer = Buffer.alloc(count * channels.length * 2);
  for (let i = 0; i < count; i++) {
    for (const [c, samples] of channels.entries()) {
      buffer.writeInt16LE(Math.round(samples[i]! * 32767), (i * channels.length + c) * 2);
    }
  }
  return buffer;
}

const planar = (channels: Float32Array[]) =>
  Buffer.concat(channels.map((samples) => Buffer.from(samples.slice().buffer)));

/** Sets the display matrix (a, b, c, d) of the first track of an MP4. */
export async function setRotation(path: string, out: string, [a, b, c, d]: number[]): Promise<string> {
  const bytes = await readFile(path);
  const matrix = bytes.indexOf('tkhd') + 4 + 40;
  const put = (index: number, value: number) => bytes.writeInt32BE(value * 65536, matrix + index * 4);
  put(0, a!);
  put(1, b!);
  put(3, c!);
  put(4, d!);
  await writeFile(out, bytes);
  return out;
}

/** Copies the first part of a file. */
export async function cut(path: string, out: string, ratio: number): Promise<string> {
  const bytes = await readFile(path);
  await writeFile(out, bytes.subarray(0, Math.floor(bytes.length * ratio)));
  return out;
}
