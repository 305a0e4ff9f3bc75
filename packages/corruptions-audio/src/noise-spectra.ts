/** A level at a frequency: Hz and dB. */
export type SpectrumPoint = readonly [hz: number, db: number];

/**
 * The response of the voice band of a short-wave receiver, as measured on an excerpt of NOISEX-92's HF channel noise:
 * dB against 1 kHz; constant outside.
 */
export const HF_RESPONSE: readonly SpectrumPoint[] = [
  [50, -17.5],
  [100, -16.8],
  [150, -8],
  [200, -4.8],
  [250, -2.2],
  [300, -1.2],
  [400, -1.3],
  [500, -1.6],
  [700, -1.5],
  [1000, 0.2],
  [1500, -0.6],
  [2000, 0.5],
  [2500, 2.3],
  [2700, -1.8],
  [2900, -2.5],
  [3000, -5.2],
  [3100, -10.9],
  [3200, -20],
  [3400, -20.7],
  [4000, -21.8],
  [5000, -23.7],
  [6000, -25.7],
  [7000, -27.5],
];

/** Levels at a frequency from points that rise in frequency, in between along the logarithm; constant outside. */
export function decibelsAt(points: readonly SpectrumPoint[], frequency: number): number {
  let below = points[0]!;
  for (const point of points) {
    if (point[0] > frequency) {
      if (point === below) break;
      const share = Math.log(frequency / below[0]) / Math.log(point[0] / below[0]);
      return below[1] + share * (point[1] - below[1]);
    }
    below = point;
  }
  return below[1];
}

/** The magnitude of a level. */
export const magnitudeAt = (points: readonly SpectrumPoint[]) => (frequency: number) =>
  10 ** (decibelsAt(points, frequency) / 20);
