import { createFrameCorruption, type FrameCorruption } from '../src/index.js';
import { flatFrame } from './frames.js';

const [width, height] = [548, 548];
const noises = new Map<number, FrameCorruption>();

/**
 * What shot noise makes of a flat frame of one level: statistics of the bytes, and of the exact values k 255 / photons
 * that the bytes stand for. One frame of 900,912 draws.
 * @param photons - a whole number up to 254, so that the bytes tell the counts apart
 */
export function levelStatistics(photons: number, level: number) {
  const noise =
    noises.get(photons) ?? createFrameCorruption('shot-noise', { photons, seed: 11, width, height });
  noises.set(photons, noise);
  const { data } = noise.apply(flatFrame(width, height, [level, level, level]), 7);
  const exact = new Map(
    Array.from({ length: photons + 1 }, (_, k) => [Math.floor((k / photons) * 255), (k * 255) / photons]),
  );
  const counts = new Uint32Array(256);
  for (let i = 0; i < data.length; i++) counts[data[i]!]!++;
  const seen = [...counts.keys()].filter((byte) => counts[byte]! > 0);
  const draws = data.length;
  const average = (of: (byte: number) => number) =>
    seen.reduce((sum, byte) => sum + (counts[byte]! / draws) * of(byte), 0);
  const mean = average((byte) => exact.get(byte) ?? Number.NaN);
  return {
    draws,
    mean,
    variance: average((byte) => (exact.get(byte)! - mean) ** 2),
    meanOfBytes: average((byte) => byte),
    values: seen.length,
  };
}
