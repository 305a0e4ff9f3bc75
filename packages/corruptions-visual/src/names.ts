import { RobustaError } from '@robusta/core';

/** The eight visual corruptions of the protocol (paper, section IV and Table I). */
export const VISUAL_CORRUPTIONS = [
  'bit-error',
  'brightness',
  'contrast',
  'fog',
  'rain',
  'motion-blur',
  'saturate',
  'shot-noise',
] as const;

/** A name of {@link VISUAL_CORRUPTIONS}. */
export type VisualCorruption = (typeof VISUAL_CORRUPTIONS)[number];

/** The paper's spellings of names that are written otherwise here. */
export const VISUAL_ALIASES = {
  bit_error: 'bit-error',
  motion_blur: 'motion-blur',
  shot_noise: 'shot-noise',
} as const satisfies Record<string, VisualCorruption>;

/** A key of {@link VISUAL_ALIASES}. */
export type VisualAlias = keyof typeof VISUAL_ALIASES;

/**
 * The name of the protocol for a name or one of the paper's spellings.
 * @throws BAD_OPTION for anything else
 */
export function visualCorruptionName(name: string): VisualCorruption {
  const resolved = Object.hasOwn(VISUAL_ALIASES, name) ? VISUAL_ALIASES[name as VisualAlias] : name;
  if ((VISUAL_CORRUPTIONS as readonly string[]).includes(resolved)) return resolved as VisualCorruption;
  throw new RobustaError('BAD_OPTION', `no visual corruption is called ${JSON.stringify(name)}`, {
    hint: `use one of ${VISUAL_CORRUPTIONS.join(', ')}`,
  });
}
