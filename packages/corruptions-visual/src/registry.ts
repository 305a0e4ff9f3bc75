import { brightness } from './brightness.js';
import { fog } from './fog.js';
import { motionBlur } from './motion-blur.js';

/** The corruptions that {@link createFrameCorruption} makes, one file each. */
export const frameCorruptions = {
  brightness,
  fog,
  'motion-blur': motionBlur,
} as const;

/**
 * The published severity tables: `SEVERITY[name][severity]` holds the physical parameters of severities 1 to 5,
 * under the names that the options have.
 */
export const SEVERITY = {
  brightness: brightness.severity,
  fog: fog.severity,
  'motion-blur': motionBlur.severity,
} as const;
