import { RobustaError } from '@robusta/core';

/** The eight audio corruptions of the protocol (paper, section IV and Table I). */
export const AUDIO_CORRUPTIONS = [
  'babble',
  'bitrate',
  'hf-channel',
  'pink',
  'pitch-shift',
  'random-dropout',
  'reverb',
  'white',
] as const;

/** A name of {@link AUDIO_CORRUPTIONS}. */
export type AudioCorruption = (typeof AUDIO_CORRUPTIONS)[number];

/** The paper's spellings of names that are written otherwise here. */
export const AUDIO_ALIASES = {
  hfchannel: 'hf-channel',
  hf_channel: 'hf-channel',
  pitch_shift: 'pitch-shift',
  dropout: 'random-dropout',
  random_dropout: 'random-dropout',
} as const satisfies Record<string, AudioCorruption>;

/** A key of {@link AUDIO_ALIASES}. */
export type AudioAlias = keyof typeof AUDIO_ALIASES;

/**
 * The name of the protocol for a name or one of the paper's spellings.
 * @throws BAD_OPTION for anything else
 */
export function audioCorruptionName(name: string): AudioCorruption {
  const resolved = Object.hasOwn(AUDIO_ALIASES, name) ? AUDIO_ALIASES[name as AudioAlias] : name;
  if ((AUDIO_CORRUPTIONS as readonly string[]).includes(resolved)) return resolved as AudioCorruption;
  throw new RobustaError('BAD_OPTION', `no audio corruption is called ${JSON.stringify(name)}`, {
    hint: `use one of ${AUDIO_CORRUPTIONS.join(', ')}`,
  });
}
