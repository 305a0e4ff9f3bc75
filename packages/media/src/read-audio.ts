import { type AudioClip, parseOptions } from '@robusta/core';
import type { z } from 'zod';
import { createAudioClock } from './audio-clock.js';
import { createDecoder } from './decoder.js';
import { mediaError } from './errors.js';
import { av, seconds } from './ffmpeg.js';
import { openMedia } from './media-file.js';
import { type AudioOptions, AudioOptionsSchema } from './options.js';
import { createResampler } from './resampler.js';
import { createSampleBlocks } from './sample-blocks.js';
import { createSampleReader } from './sample-reader.js';

/** A pause may be long, but a jump of this many seconds is a damaged timestamp. */
const LONGEST_PAUSE = 3600;

/**
 * Decodes the sound of a file, one second at a time: memory does not grow with the length.
 *
 * Samples lie on the container's clock: sample j is heard at j / sampleRate seconds after time zero of the
 * container, slot 0 of readFrames. A stream that starts late is padded with silence, encoder priming and whatever else
 * lies before time zero is cut, pauses of more than 0.1 s are filled with silence. With `mono` the channels are averaged
 * with 1/n each (FFmpeg's own downmix scales stereo by 0.707 per channel), then FFmpeg's resampler changes the rate.
 * Samples beyond [-1, 1], which lossy codecs make, are limited.
 *
 * @param path - a sound or video file
 * @returns clips of `sampleRate` samples, the last one shorter; iterating throws FILE_NOT_FOUND, FILE_UNREADABLE,
 *   EMPTY_INPUT, NOT_MEDIA, NO_AUDIO, ABORTED, and TRUNCATED after the last sample that is there
 * @throws BAD_OPTION at once
 */
export function streamAudio(
  path: string,
  options: AudioOptions = {},
): AsyncGenerator<AudioClip, void, undefined> {
  return generateAudio(path, parseOptions(AudioOptionsSchema, options, 'streamAudio'));
}

/**
 * Decodes the whole sound of a file; see {@link streamAudio} for what the samples mean.
 * @throws BAD_OPTION, FILE_NOT_FOUND, FILE_UNREADABLE, EMPTY_INPUT, NOT_MEDIA, NO_AUDIO, TRUNCATED, ABORTED
 */
export async function readAudio(path: string, options: AudioOptions = {}): Promise<AudioClip> {
  const parsed = parseOptions(AudioOptionsSchema, options, 'readAudio');
  const clips: AudioClip[] = [];
  for await (const clip of generateAudio(path, parsed)) clips.push(clip);
  return concatenate(clips);
}

function concatenate(clips: AudioClip[]): AudioClip {
  const first = clips[0]!;
  const length = clips.reduce((sum, { channels }) => sum + channels[0]!.length, 0);
  const channels = first.channels.map((_, channel) => {
    const joined = new Float32Array(length);
    let position = 0;
    for (const clip of clips) {
      joined.set(clip.channels[channel]!, position);
      position += clip.channels[channel]!.length;
    }
    return joined;
  });
  return { sampleRate: first.sampleRate, channels };
}

/** Options of {@link generateAudio}. */
export interface SoundOptions extends z.output<typeof AudioOptionsSchema> {
  /**
   * Where sound starts late, there is no silence before it; told is the time of the first sample in seconds since time
   * zero of the container.
   */
  onStart?(seconds: number): void;
}

/** {@link streamAudio} with checked options. */
export async function* generateAudio(
  path: string,
  options: SoundOptions,
): AsyncGenerator<AudioClip, void, undefined> {
  const file = await openMedia(path);
  const resources: { close(): void }[] = [];
  const frame = new av.Frame();
  try {
    const stream = file.audio;
    if (!stream)
      throw mediaError('NO_AUDIO', path, 'has no audio stream', 'it holds video only: use readFrames');
    const decoder = createDecoder(file, stream, { threads: 1, signal: options.signal });
    resources.push(decoder);
    frame.alloc();
    if (!(await decoder.next(frame))) decoder.assertComplete();

    // The first decoded frame knows better than the header (HE-AAC doubles the rate).
    const inRate = frame.sampleRate;
    const sampleRate = options.sampleRate ?? inRate;
    const inChannels = frame.channels;
    const outChannels = options.mono ? 1 : inChannels;
    const reader = createSampleReader(path, inRate, inChannels);
    resources.push(reader);
    const resampler = createResampler(inRate, sampleRate, outChannels);
    resources.push(resampler);
    const clock = createAudioClock(inRate);
    const blocks = createSampleBlocks(outChannels, sampleRate);
    const origin = file.origin / 1e6;
    let offset = 0;
    if (options.onStart) {
      const time = seconds(frame.bestEffortTimestamp, stream.timeBase);
      offset = Math.max(0, Math.round(((time ?? origin) - origin) * inRate));
      options.onStart(offset / inRate);
    }

    do {
      const samples = reader.read(frame);
      const time = seconds(frame.bestEffortTimestamp, stream.timeBase);
      const start = time === undefined ? undefined : (time - origin) * inRate - offset;
      const { silence, skip } = clock.place(start, samples[0]!.length);
      if (silence > LONGEST_PAUSE * inRate) throw jump(path);
      for (const pause of pauses(silence, inRate, outChannels)) {
        for (const channels of blocks.push(resampler.push(pause))) yield { sampleRate, channels };
      }
      const kept = samples.map((channel) => channel.subarray(skip));
      if (kept[0]!.length === 0) continue;
      const mixed = options.mono ? [average(kept)] : kept;
      for (const channels of blocks.push(resampler.push(mixed))) yield { sampleRate, channels };
    } while (await decoder.next(frame));

    for (const channels of blocks.push(resampler.finish())) yield { sampleRate, channels };
    const channels = blocks.finish();
    if (channels) yield { sampleRate, channels };
    decoder.assertComplete();
  } finally {
    frame.free();
    for (const resource of resources) resource.close();
    file.close();
  }
}

function jump(path: string) {
  return mediaError(
    'FILE_UNREADABLE',
    path,
    `has a timestamp that jumps by more than ${LONGEST_PAUSE} s`,
    'its clock is damaged: convert the file again',
  );
}

/** Silence in pieces of at most one second. */
function* pauses(length: number, sampleRate: number, channelCount: number): Generator<Float32Array[]> {
  for (let rest = length; rest > 0; rest -= sampleRate) {
    const silence = new Float32Array(Math.min(rest, sampleRate));
    yield Array(channelCount).fill(silence);
  }
}

function average(channels: Float32Array[]): Float32Array {
  if (channels.length === 1) return channels[0]!;
  const count = channels.length;
  const mixed = new Float32Array(channels[0]!.length);
  for (let i = 0; i < mixed.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < count; channel++) sum += channels[channel]![i]!;
    mixed[i] = sum / count;
  }
  return mixed;
}
