import { type AudioClip, parseOptions, RobustaError } from '@robusta/core';
import type { z } from 'zod';
import { checkClip } from './clip.js';
import { type AudioFormat, type AudioResult, applyToClip, type OpenedCorruption } from './definition.js';
import { type AUDIO_ALIASES, type AudioAlias, type AudioCorruption, audioCorruptionName } from './names.js';
import type { audioOptionFields } from './options.js';
import { audioCorruptions } from './registry.js';

type Built = typeof audioCorruptions;
type Canonical<Name extends string> = Name extends AudioAlias ? (typeof AUDIO_ALIASES)[Name] : Name;
type ResultOfOpened<Opened> =
  Opened extends OpenedCorruption<infer Parameters, infer Measured>
    ? AudioResult<Parameters, Measured>
    : never;
type ResultOf<Name extends string> =
  Canonical<Name> extends keyof Built
    ? ResultOfOpened<ReturnType<Built[Canonical<Name>]['open']>>
    : AudioResult<Record<string, unknown>, Record<string, unknown>>;

/** What all definitions share, once the name is known only at run time. */
export interface AnyDefinition {
  schema: z.ZodType<object>;
  open(format: AudioFormat, options: object, result?: readonly Float32Array[]): OpenedCorruption;
}

/** The options that every audio corruption takes. */
export type CommonAudioOptions = z.input<z.ZodObject<typeof audioOptionFields>>;

/** The options of a corruption: the common ones and its physical parameters. */
export type AudioCorruptionOptions<Name extends string = string> =
  Canonical<Name> extends keyof Built ? z.input<Built[Canonical<Name>]['schema']> : CommonAudioOptions;

/** What was done to a clip, JSON-safe. */
export interface AudioReport<Name extends string = string> {
  corruption: AudioCorruption;
  /** Valid options that give the same samples again; recordings (`noise`, `ir`) must be given with them. */
  parameters: ResultOf<Name>['parameters'];
  /** What came out on the way: levels, gains, the SNR reached, counts. */
  measured: ResultOf<Name>['measured'];
}

/**
 * The definition of a name that works on samples, and its options, checked.
 * @throws BAD_OPTION
 */
export function definitionOf(name: string, options: unknown, caller: string) {
  const corruption = audioCorruptionName(name);
  if (!Object.hasOwn(audioCorruptions, corruption)) {
    throw new RobustaError(
      'BAD_OPTION',
      `${corruption} is a round trip through a codec, not made from samples`,
      {
        hint: 'use corruptMedia of @robusta/media, or one of its functions for sound in memory; here SEVERITY.bitrate holds its table',
      },
    );
  }
  const definition = audioCorruptions[corruption as keyof Built] as AnyDefinition;
  const checked = parseOptions(definition.schema, options, `${caller}(${JSON.stringify(name)})`);
  return { corruption, definition, options: checked };
}

/**
 * Corrupts a clip, and says how.
 * @param clip - 8 to 192 kHz, any number of channels of one length, 0 samples included; not written to
 * @param name - one of AUDIO_CORRUPTIONS but bitrate, or the paper's spelling (`dropout`)
 * @param options - severity, seed of the video, and the physical parameters by name
 * @returns a clip of the same rate, channels and length, and the report
 * @throws BAD_OPTION for unknown names, bitrate, and options out of range;
 *   BAD_INPUT, LENGTH_MISMATCH or NON_FINITE for a clip, recording or response that cannot be used
 */
export function corruptAudioWithReport<const Name extends AudioCorruption | AudioAlias>(
  clip: AudioClip,
  name: Name,
  options: AudioCorruptionOptions<Name>,
): { clip: AudioClip; report: AudioReport<Name> } {
  const { corruption, definition, options: checked } = definitionOf(name, options, 'corruptAudio');
  checkClip(clip, 'clip');
  const { channels, parameters, measured } = applyToClip(definition, clip, checked) as ResultOf<Name>;
  return { clip: { sampleRate: clip.sampleRate, channels }, report: { corruption, parameters, measured } };
}

/**
 * Corrupts a clip: {@link corruptAudioWithReport} without the report.
 * @returns a clip of the same rate, channels and length
 */
export function corruptAudio<const Name extends AudioCorruption | AudioAlias>(
  clip: AudioClip,
  name: Name,
  options: AudioCorruptionOptions<Name>,
): AudioClip {
  return corruptAudioWithReport(clip, name, options).clip;
}
