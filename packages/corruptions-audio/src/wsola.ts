import type { StretchFrames } from './pitch-stage.js';

/** Steps of the first, coarse search, and of the samples it compares. */
const COARSE = 4;

/**
 * Frames of the sound itself, each taken from where it goes on best from the frame before (WSOLA, Verhelst and Roelands,
 * 1993): windows of 25 ms that overlap by half, a search of 5 ms to both sides, for all channels together.
 */
export function createWsola(sampleRate: number): StretchFrames {
  const hop = 2 * Math.round(0.00625 * sampleRate);
  const size = 2 * hop;
  const reach = Math.round(0.005 * sampleRate);
  const window = Float32Array.from(
    { length: size },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size),
  );
  const frame = new Float32Array(size);
  /** What would follow the last frame in the sound, for each channel. */
  let following: readonly Float32Array[] = [];

  /** Likeness (correlation over the roots of the energies) of the sound at an offset to what should follow. */
  function likeness(pieces: readonly Float32Array[], offset: number, step: number): number {
    const first = reach + offset;
    let product = 0;
    let energy = 1e-12;
    for (let c = 0; c < pieces.length; c++) {
      const samples = pieces[c]!;
      const wanted = following[c]!;
      // Two sums each: an addition need not wait for the one before.
      let otherProduct = 0;
      let otherEnergy = 0;
      let n = 0;
      for (; n + step < hop; n += 2 * step) {
        const value = samples[first + n]!;
        const other = samples[first + n + step]!;
        product += value * wanted[n]!;
        energy += value * value;
        otherProduct += other * wanted[n + step]!;
        otherEnergy += other * other;
      }
      if (n < hop) {
        const value = samples[first + n]!;
        product += value * wanted[n]!;
        energy += value * value;
      }
      product += otherProduct;
      energy += otherEnergy;
    }
    return product / Math.sqrt(energy);
  }

  function bestOffset(pieces: readonly Float32Array[]): number {
    if (following.length === 0) return 0;
    let best = 0;
    let highest = likeness(pieces, 0, COARSE);
    const consider = (offset: number, step: number) => {
      const value = likeness(pieces, offset, step);
      if (value > highest) {
        highest = value;
        best = offset;
      }
    };
    for (let offset = -reach; offset <= reach; offset += COARSE) consider(offset, COARSE);
    const middle = best;
    highest = likeness(pieces, middle, 1);
    for (let offset = middle - COARSE + 1; offset < middle + COARSE; offset++) {
      if (Math.abs(offset) <= reach) consider(offset, 1);
    }
    return best;
  }

  return {
    size,
    hop,
    lookBack: reach,
    lookAhead: reach + hop,
    next(pieces, _start, write) {
      const from = reach + bestOffset(pieces);
      pieces.forEach((samples, c) => {
        for (let n = 0; n < size; n++) frame[n] = samples[from + n]! * window[n]!;
        write(c, frame);
      });
      if (following.length === 0) following = pieces.map(() => new Float32Array(hop));
      pieces.forEach((samples, c) => {
        following[c]!.set(samples.subarray(from + hop, from + 2 * hop));
      });
    },
  };
}
