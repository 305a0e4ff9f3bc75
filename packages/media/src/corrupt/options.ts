import { parseOptions, RobustaError } from '@robusta/core';
import { type AudioAlias, type AudioCorruption, audioCorruptionName } from '@robusta/corruptions-audio';
import {
  VISUAL_ALIASES,
  VISUAL_CORRUPTIONS,
  type VisualAlias,
  type VisualCorruption,
} from '@robusta/corruptions-visual';
import { z } from 'zod';
import { presets } from '../options.js';

const Seed = z.int().min(0).max(0xffffffff);

/** A corruption by name; its own options are checked where it is set up, since they depend on the file. */
const Choice = z.looseObject({
  name: z.string(),
  seed: Seed.optional().describe('in place of the one that follows from `seed` and `id`'),
});

/** A {@link CorruptionChoice} with its seed decided. */
export interface SeededChoice {
  name: string;
  severity?: unknown;
  seed: number;
  [parameter: string]: unknown;
}

export const CorruptOptionsSchema = z
  .strictObject({
    visual: Choice.optional().describe('what is done to the picture'),
    audio: Choice.optional().describe('what is done to the sound'),
    seed: Seed.default(0).describe('of the video; with `id` of the run'),
    id: z
      .string()
      .min(1)
      .optional()
      .describe(
        'of the video in its data set: every corruption then gets a seed of its own from seed, id and name',
      ),
    crf: z.number().min(0).max(51).default(12).describe('constant rate factor of x264: 0 is best, 51 worst'),
    preset: z.enum(presets).default('ultrafast').describe('speed against file size of x264'),
    gop: z.int().min(1).max(10_000).default(250).describe('most frames from one key frame to the next'),
    pixelFormat: z
      .enum(['yuv420p', 'yuv444p'])
      .default('yuv420p')
      .describe(
        'chroma of the corrupted picture: halved in both directions, as all players know it, or in full',
      ),
    audioCodec: z
      .enum(['lossless', 'aac'])
      .default('lossless')
      .describe('corrupted sound: FLAC (PCM in .mov and .wav) of 24 bits, or AAC'),
    audioBitrate: z.int().min(8000).max(512_000).default(192_000).describe('bits per second of AAC'),
    signal: z.instanceof(AbortSignal).optional(),
    onProgress: z.custom<(progress: CorruptProgress) => void>((f) => typeof f === 'function').optional(),
  })
  .refine(({ visual, audio }) => visual || audio, {
    path: ['visual'],
    error: 'neither visual nor audio given: name at least one corruption',
  });

export type CorruptSettings = z.output<typeof CorruptOptionsSchema>;

/** How far the work is. */
export interface CorruptProgress {
  /** Some audio corruptions measure the whole sound before they change it. */
  stage: 'measuring' | 'corrupting';
  /** Seconds of the recording. */
  done: number;
  total: number;
}

/** What is done to one modality: a name, a severity from 1 to 5, and parameters of the corruption by name. */
export interface CorruptionChoice<Name extends string = string> {
  name: Name;
  severity?: 1 | 2 | 3 | 4 | 5 | undefined;
  /** In place of the seed that follows from `seed` and `id` of the call. */
  seed?: number | undefined;
  [parameter: string]: unknown;
}

/** Options of corruptMedia. */
export interface CorruptOptions
  extends Omit<z.input<typeof CorruptOptionsSchema>, 'visual' | 'audio' | 'onProgress'> {
  visual?: CorruptionChoice<VisualCorruption | VisualAlias> | undefined;
  audio?: CorruptionChoice<AudioCorruption | AudioAlias> | undefined;
  onProgress?: ((progress: CorruptProgress) => void) | undefined;
}

/** @throws BAD_OPTION naming every offending field */
export function parseCorruptOptions(options: CorruptOptions): CorruptSettings {
  const settings = parseOptions(CorruptOptionsSchema, options, 'corruptMedia');
  const { visual, audio } = settings;
  return {
    ...settings,
    visual: visual && { ...visual, name: visualCorruptionName(visual.name) },
    audio: audio && { ...audio, name: audioCorruptionName(audio.name) },
  };
}

function visualCorruptionName(name: string): VisualCorruption {
  const resolved = Object.hasOwn(VISUAL_ALIASES, name) ? VISUAL_ALIASES[name as VisualAlias] : name;
  if ((VISUAL_CORRUPTIONS as readonly string[]).includes(resolved)) return resolved as VisualCorruption;
  throw new RobustaError('BAD_OPTION', `no visual corruption is called ${JSON.stringify(name)}`, {
    hint: `use one of ${VISUAL_CORRUPTIONS.join(', ')}`,
  });
}

/** The muxers of FFmpeg that are used, by extension. */
const muxers: Record<string, string> = {
  mp4: 'mp4',
  m4v: 'mp4',
  m4a: 'mp4',
  mov: 'mov',
  mkv: 'matroska',
  mka: 'matroska',
  wav: 'wav',
  flac: 'flac',
};

/** @throws BAD_OPTION for an extension that is not written */
export function muxerOf(path: string): string {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const muxer = Object.hasOwn(muxers, extension) ? muxers[extension] : undefined;
  if (muxer) return muxer;
  const known = Object.keys(muxers).map((name) => `.${name}`);
  throw new RobustaError('BAD_OPTION', `corruptMedia: ${path} must end in one of ${known.join(', ')}`, {
    hint: 'the extension says which container is written; Matroska (.mkv) holds every codec',
  });
}
