import { randomDropout } from './random-dropout.js';
import { reverb } from './reverb.js';
import { white } from './white.js';

/** The corruptions that {@link corruptAudio} applies, one file each. */
export const audioCorruptions = {
  'random-dropout': randomDropout,
  reverb,
  white,
} as const;

/**
 * The severity tables: `SEVERITY[name][severity]` holds the physical parameters of severities 1 to 5, under the
 * names that the options have.
 */
export const SEVERITY = {
  'random-dropout': randomDropout.severity,
  reverb: reverb.severity,
  white: white.severity,
} as const;
