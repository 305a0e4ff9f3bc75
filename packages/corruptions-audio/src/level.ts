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

/**
 * Sums of squares for each channel, in double precision. Four sums take turns by the place of a sample in the sound, so
 * that additions need not wait for one another, and no cut into pieces changes them.
 */
export function createLevelMeter(): LevelMeter {
  let sums: Float64Array[] = [];
  let samples = 0;
  return {
    add(channels) {
      if (channels.length === 0) return;
      if (sums.length === 0) sums = channels.map(() => new Float64Array(4));
      channels.forEach((channel, c) => {
        addSquares(sums[c]!, channel, samples);
      });
      samples += channels[0]!.length;
    },
    rms() {
      const total = sums.reduce((sum, [a, b, c, d]) => sum + (a! + c!) + (b! + d!), 0);
      return samples === 0 ? 0 : Math.sqrt(total / (samples * sums.length));
    },
    samples: () => samples,
  };
}

function addSquares(sums: Float64Array, samples: Float32Array, place: number): void {
  const { length } = samples;
  const head = Math.min(length, (4 - (place % 4)) % 4);
  let i = 0;
  for (; i < head; i++) sums[(place + i) % 4]! += samples[i]! * samples[i]!;
  let [a, b, c, d] = sums as unknown as [number, number, number, number];
  for (; i + 4 <= length; i += 4) {
    a += samples[i]! * samples[i]!;
    b += samples[i + 1]! * samples[i + 1]!;
    c += samples[i + 2]! * samples[i + 2]!;
    d += samples[i + 3]! * samples[i + 3]!;
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
  for (; i < length; i++) sums[(place + i) % 4]! += samples[i]! * samples[i]!;
}
