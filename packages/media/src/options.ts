import { z } from 'zod';
import { BitErrorOptionsSchema } from './bit-error/options.js';

const Signal = z.instanceof(AbortSignal).optional();
const Threads = z
  .int()
  .min(1)
  .max(64)
  .default(1)
  .describe('decoder threads; 1 keeps damaged video the same on every machine and suits one job a core');
const Side = z.int().min(1).max(16384).optional();

export const FramesOptionsSchema = z.strictObject({
  fps: z
    .number()
    .min(0.001)
    .max(1000)
    .optional()
    .describe('output frames per second; left out: the frames as they are'),
  width: Side.describe(
    'pixels; left out: from the height and the shape of the picture, or the picture as it is',
  ),
  height: Side.describe(
    'pixels; left out: from the width and the shape of the picture, or the picture as it is',
  ),
  threads: Threads,
  bitError: BitErrorOptionsSchema.optional().describe(
    'damage the coded stream on the way to the decoder; then one thread decodes, whatever `threads` says',
  ),
  signal: Signal,
});

/** Options of readFrames. */
export type FramesOptions = z.input<typeof FramesOptionsSchema>;

export const SampleRateSchema = z.int().min(1000).max(768_000).describe('samples per second');

export const AudioOptionsSchema = z.strictObject({
  sampleRate: SampleRateSchema.optional().describe('Hz; left out: the rate of the file'),
  mono: z.boolean().default(false).describe('average the channels (1/n each) into one'),
  signal: Signal,
});

/** Options of readAudio and streamAudio. */
export type AudioOptions = z.input<typeof AudioOptionsSchema>;

export const presets = [
  'ultrafast',
  'superfast',
  'veryfast',
  'faster',
  'fast',
  'medium',
  'slow',
  'slower',
  'veryslow',
] as const;

export const WriteOptionsSchema = z.strictObject({
  fps: z.number().min(0.01).max(1000).describe('frames per second'),
  crf: z.number().min(0).max(51).default(18).describe('constant rate factor of x264: 0 is best, 51 worst'),
  preset: z.enum(presets).default('veryfast').describe('speed against file size of x264'),
  gop: z.int().min(1).max(10_000).default(250).describe('most frames from one key frame to the next'),
  audioBitrate: z
    .int()
    .min(8000)
    .max(512_000)
    .default(128_000)
    .describe('bits per second of the AAC sound, all channels'),
  signal: Signal,
});

/** Encoding settings of writeMedia. */
export type WriteSettings = z.output<typeof WriteOptionsSchema>;
