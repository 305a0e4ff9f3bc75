import { bitErrorSeverity } from './bit-error.js';
import { brightness } from './brightness.js';
import { contrast } from './contrast.js';
import { fog } from './fog.js';
import { motionBlur } from './motion-blur.js';
import { rain } from './rain.js';
import { saturate } from './saturate.js';
import { shotNoise } from './shot-noise.js';
import { temporalBlur } from './temporal-blur.js';

/** The corruptions that {@link createFrameCorruption} makes, one file each. */
export const frameCorruptions = {
  brightness,
  contrast,
  fog,
  rain,
  'motion-blur': motionBlur,
  saturate,
  'shot-noise': shotNoise,
} as const;

/**
 * The published severity tables: `SEVERITY[name][severity]` holds the physical parameters of severities 1 to 5,
 * under the names that the options have. A key `name:table` holds what the option `table` chooses in its place; for
 * motion blur these are the tables of its temporal mode.
 */
export const SEVERITY = {
  'bit-error': bitErrorSeverity,
  brightness: brightness.severity,
  contrast: contrast.severity,
  'contrast:imagenet-c': contrast.otherTables['imagenet-c'],
  fog: fog.severity,
  rain: rain.severity,
  'motion-blur': motionBlur.severity,
  'motion-blur:mini-kinetics-c': temporalBlur.severity,
  'motion-blur:mini-ssv2-c': temporalBlur.otherTables['mini-ssv2-c'],
  saturate: saturate.severity,
  'shot-noise': shotNoise.severity,
} as const;
