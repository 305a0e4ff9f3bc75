import { quantile } from '../statistics.js';

const TINY = 0.001;

/**
 * Flatness and spectrum of what is always there: F is the 10th percentile over frames of each bin's magnitude. Shares
 * are not compressed, so that the upper bands, which carry next to nothing in most recordings, show white noise.
 * @param magnitudes - `[bins][frames]`
 * @param edges - first bins of the bands, and the end of the last
 * @returns ratio of the geometric to the arithmetic mean of each band, then the share of each band in the sum of F
 */
export function noiseFloor(magnitudes: readonly Float64Array[], edges: readonly number[]): number[] {
  const floor = magnitudes.map((series) => quantile(Float64Array.from(series).sort(), 0.1) + TINY);
  const sum = (from: number, to: number, of: (value: number) => number) => {
    let total = 0;
    for (let i = from; i < to; i++) total += of(floor[i]!);
    return total;
  };
  const all = sum(edges[0]!, edges[edges.length - 1]!, (value) => value);
  const flat: number[] = [];
  const share: number[] = [];
  for (let band = 0; band + 1 < edges.length; band++) {
    const from = edges[band]!;
    const to = edges[band + 1]!;
    const part = sum(from, to, (value) => value);
    flat.push((Math.exp(sum(from, to, Math.log) / (to - from)) * (to - from)) / part);
    share.push(part / all);
  }
  return [...flat, ...share];
}
