import type { Rational } from './ffmpeg.js';

/**
 * The simplest fraction that equals a frame rate to 1e-9 relative: 29.97002997 gives 30000/1001, 19.62 gives 981/50.
 * By continued fractions.
 */
export function rationalRate(rate: number): Rational {
  let [previousNum, num] = [1, Math.floor(rate)];
  let [previousDen, den] = [0, 1];
  let rest = rate - num;
  while (Math.abs(num / den - rate) > rate * 1e-9) {
    rest = 1 / rest;
    const term = Math.floor(rest);
    rest -= term;
    [previousNum, num] = [num, term * num + previousNum];
    [previousDen, den] = [den, term * den + previousDen];
  }
  return { num, den };
}
