import { createFrameCorruption } from '../src/index.js';
import { flatFrame } from './frames.js';

/**
 * What shot noise makes of a flat frame of one level: statistics of the bytes, and of the exact values k 255 / photons
 * that the bytes stand for. One frame of 216,000 draws.
 */
export function levelStatistics(severity: 1 | 2 | 3 | 4 | 5, photons: number, level: number, seed = 11) {
  const [width, height] = [300, 240];
  const noise = createFrameCorruption('shot-noise', { severity, seed, width, height });
  const { data } = noise.apply(flatFrame(width, height, [level, level, level]), 7);
  const exact = new Map(
    Array.from({ length: photons + 1 }, (_, k) => [Math.floor((k / photons) * 255), (k * 255) / photons]),
  );
  const counts = new Map<number, number>();
  for (const byte of data) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  const draws = data.length;
  const average = (of: (byte: number) => number) =>
    [...counts].reduce((sum, [byte, count]) => sum + (count / draws) * of(byte), 0);
  const mean = average((byte) => exact.get(byte) ?? Number.NaN);
  return {
    draws,
    mean,
    variance: average((byte) => (exact.get(byte)! - mean) ** 2),
    meanOfBytes: average((byte) => byte),
    values: counts.size,
  };
}
