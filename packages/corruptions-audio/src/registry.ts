import { babble } from './babble.js';
import { bitrateSeverity } from './bitrate.js';
import { hfChannel } from './hf-channel.js';
import { pink } from './pink.js';
import { pitchShift } from './pitch-shift.js';
import { randomDropout } from './random-dropout.js';
import { reverb } from './reverb.js';
import { white } from './white.js';

/** The corruptions that work on samples, one file each: all but bitrate. */
export const audioCorruptions = {
  babble,
  'hf-channel': hfChannel,
  pink,
  'pitch-shift': pitchShift,
  'random-dropout': randomDropout,
  reverb,
  white,
} as const;

/**
 * The severity tables: `SEVERITY[name][severity]` holds the physical parameters of severities 1 to 5, under the
 * names that the options have.
 */
export const SEVERITY = {
  babble: babble.severity,
  bitrate: bitrateSeverity,
  'hf-channel': hfChannel.severity,
  pink: pink.severity,
  'pitch-shift': pitchShift.severity,
  'random-dropout': randomDropout.severity,
  reverb: reverb.severity,
  white: white.severity,
} as const;
