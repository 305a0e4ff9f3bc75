import { z } from 'zod';
import { frameOptionFields } from './options.js';

/** Sums of so many bytes fit uint16, and {@link divider} divides them exactly. */
const MAX_HALF_WINDOW = 63;

/** Motion blur in time (Yi et al. 2021): out[t] = mean of frames t - c to t + c - 1; tables of Mini Kinetics-C and Mini SSV2-C. */
export const temporalBlur = {
  schema: z.strictObject({
    ...frameOptionFields,
    mode: z.literal('temporal').default('temporal').describe('mean of neighbouring frames'),
    halfWindow: z.number().int().min(1).max(MAX_HALF_WINDOW).optional().describe('c, frames'),
    table: z
      .enum(['mini-kinetics-c', 'mini-ssv2-c'])
      .default('mini-kinetics-c')
      .describe('the published table that a severity means'),
  }),
  severity: {
    1: { halfWindow: 3 },
    2: { halfWindow: 5 },
    3: { halfWindow: 7 },
    4: { halfWindow: 9 },
    5: { halfWindow: 11 },
  },
  otherTables: {
    'mini-ssv2-c': {
      1: { halfWindow: 1 },
      2: { halfWindow: 2 },
      3: { halfWindow: 3 },
      4: { halfWindow: 4 },
      5: { halfWindow: 6 },
    },
  },
} as const;

/** sum / frames as (sum + start) * factor >> shift, in 32 bits. */
export interface Divider {
  start: number;
  factor: number;
  shift: number;
}

/**
 * Divides sums of `frames` bytes and cuts to whole numbers, exactly: the factor, of 16 bits, is less than 1 above
 * 2^shift / frames, which makes a quotient less than 2^-7 too large, and the next whole number is 1 / frames away.
 * @param frames - up to 126
 * @param bias - added before the cut
 */
export function divider(frames: number, bias: number): Divider {
  const shift = 15 + Math.ceil(Math.log2(frames));
  return { start: Math.floor(bias * frames), factor: Math.ceil(2 ** shift / frames), shift };
}
