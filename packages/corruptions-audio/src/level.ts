import { z } from 'zod';

/** What passes over a whole sound measure: levels are root mean squares over all channels, 1 is full scale. */
export const AudioLevelSchema = z.strictObject({
  samples: z.number().int().min(0).optional().describe('samples of a channel'),
  signalRms: z.number().min(0).optional().describe('level of the sound'),
  noiseRms: z.number().min(0).optional().describe('level of the noise before its gain'),
  wetRms: z.number().min(0).optional().describe('level of the reverberated sound before its gain'),
  peak: z.number().min(0).optional().describe('largest absolute value of the sum of sound and noise'),
});

/** The first-pass level of a sound; JSON-safe. */
export type AudioLevel = z.output<typeof AudioLevelSchema>;

/** Root mean square of a sound that comes in pieces, the same whatever the pieces. */
export interface LevelMeter {
  add(channels: readonly Float32Array[]): void;
  rms(): number;
  /** Samples of a channel so far. */
  samples(): number;
}

/** A sum of squares for each channel, in double precision. */
export function createLevelMeter(): LevelMeter {
  let sums: number[] = [];
  let samples = 0;
  return {
    add(channels) {
      if (samples === 0) sums = channels.map(() => 0);
      channels.forEach((channel, c) => {
        let sum = sums[c]!;
        for (let i = 0; i < channel.length; i++) sum += channel[i]! * channel[i]!;
        sums[c] = sum;
      });
      samples += channels[0]!.length;
    },
    rms: () => (samples === 0 ? 0 : Math.sqrt(sums.reduce((a, b) => a + b, 0) / (samples * sums.length))),
    samples: () => samples,
  };
}
