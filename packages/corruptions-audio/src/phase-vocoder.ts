import { createFftPlan } from './fft.js';
import type { StretchFrames } from './pitch-stage.js';

/** The energy of a click is spread over less than this share of a frame (standard deviation; steady sound: 0.14). */
const CLICK = 0.09;
/** A share of the power of a peak a hop ago: what has grown more is an attack and takes its phases from the sound. */
const ATTACK = 2.5;

/**
 * Frames of a phase vocoder with phases locked around the peaks of the spectrum (Laroche and Dolson, 1999). A frame is
 * the spectrum X of the sound there, each peak with its surroundings turned by one angle, so that it goes on where the
 * frame before left it: by arg Y'(p) - arg X'(p), where Y' is the frame before and X' the spectrum of the sound one hop
 * before X. So no frequency is estimated and no phase unwrapped. All channels share peaks and turns, which keeps
 * the differences between them. Peaks that have just risen are not turned: attacks stay sharp.
 * @param size - samples of a frame, a power of two; the hop is a quarter of it
 * @param ratio - length of the result over that of the sound
 */
export function createPhaseVocoder(size: number, ratio: number, channelCount: number): StretchFrames {
  // Shortening leaves more of the sound between two frames: they are made closer.
  const overlap = ratio < 1 ? 8 : 4;
  const hop = size / overlap;
  const bins = size / 2 + 1;
  const plan = createFftPlan(size, 2);
  const buffer = plan.allocate();
  const scratch = plan.allocate();
  const window = Float32Array.from(
    { length: size },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size),
  );
  // Overlapping squares of the window add up to 3/8 of their number.
  const outputWindow = window.map((value) => value / (0.375 * overlap * size));
  const spectra = () => Array.from({ length: channelCount }, () => new Float32Array(2 * bins));
  const now = spectra();
  const earlier = spectra();
  const before = spectra();
  // Two places on each side lie below every power.
  const power = new Float64Array(bins + 4).fill(-1);
  const earlierPower = new Float64Array(bins);
  const frame = new Float32Array(size);
  // A moved click is weighted by the window where it was and where it comes to.
  let weight = 0;
  for (let n = 0; n < size; n++) {
    weight += window[n]! * (window[Math.round((n - size / 2) / ratio + size / 2)] ?? 0);
  }
  const clickGain = (0.375 * size) / weight;
  // Where the last click was seen first, less half a frame.
  let click = Number.NEGATIVE_INFINITY;

  /** Spectra of the frames at 0 and one hop later, as real and imaginary part of one transform. */
  function analyze(c: number, samples: Float32Array): void {
    const re = plan.view(buffer.re);
    const im = plan.view(buffer.im);
    for (let n = 0; n < size; n++) {
      re[n] = samples[n + hop]! * window[n]!;
      im[n] = samples[n]! * window[n]!;
    }
    const z = plan.transform(buffer, scratch);
    const zr = plan.view(z.re);
    const zi = plan.view(z.im);
    const x = now[c]!;
    const y = earlier[c]!;
    for (let k = 0; k < bins; k++) {
      const m = k === 0 ? 0 : size - k;
      x[2 * k] = 0.5 * (zr[k]! + zr[m]!);
      x[2 * k + 1] = 0.5 * (zi[k]! - zi[m]!);
      y[2 * k] = 0.5 * (zi[k]! + zi[m]!);
      y[2 * k + 1] = 0.5 * (zr[m]! - zr[k]!);
      power[k + 2]! += x[2 * k]! * x[2 * k]! + x[2 * k + 1]! * x[2 * k + 1]!;
      earlierPower[k]! += y[2 * k]! * y[2 * k]! + y[2 * k + 1]! * y[2 * k + 1]!;
    }
  }

  function turnRegion(peak: number, from: number, to: number, shift: number): void {
    let re = 0;
    let im = 0;
    if (power[peak + 2]! > ATTACK * earlierPower[peak]!) {
      const angle = (-2 * Math.PI * peak * shift) / size;
      re = Math.cos(angle);
      im = Math.sin(angle);
    } else {
      for (let c = 0; c < channelCount; c++) {
        const y = before[c]!;
        const x = earlier[c]!;
        re += y[2 * peak]! * x[2 * peak]! + y[2 * peak + 1]! * x[2 * peak + 1]!;
        im += y[2 * peak + 1]! * x[2 * peak]! - y[2 * peak]! * x[2 * peak + 1]!;
      }
      const length = Math.sqrt(re * re + im * im);
      if (length > 0) {
        re /= length;
        im /= length;
      } else re = 1;
    }
    turnBins(from, to, re, im);
  }

  /** Mean and standard deviation of where the energy of the windowed frame lies, from its middle; 0, 0 for silence. */
  function energyPlace(pieces: readonly Float32Array[]): { middle: number; spread: number } {
    let total = 0;
    let first = 0;
    let second = 0;
    for (const samples of pieces) {
      for (let n = 0; n < size; n++) {
        const value = samples[n + hop]! * window[n]!;
        const energy = value * value;
        const place = n - size / 2;
        total += energy;
        first += energy * place;
        second += energy * place * place;
      }
    }
    if (total === 0) return { middle: 0, spread: 0 };
    const middle = first / total;
    return { middle, spread: Math.sqrt(Math.max(0, second / total - middle * middle)) };
  }

  /** The power has doubled within a hop. */
  function hasRisen(): boolean {
    let total = 0;
    let past = 0;
    for (let k = 0; k < bins; k++) {
      total += power[k + 2]!;
      past += earlierPower[k]!;
    }
    return total > 2 * past;
  }

  /** Moves the whole frame by some samples, phases as in the sound. */
  function moveFrame(shift: number): void {
    for (let k = 0; k < bins; k++) {
      const re = Math.cos((-2 * Math.PI * k * shift) / size);
      const im = Math.sin((-2 * Math.PI * k * shift) / size);
      turnBins(k, k + 1, re, im);
    }
  }

  function turnBins(from: number, to: number, re: number, im: number): void {
    for (let c = 0; c < channelCount; c++) {
      const x = now[c]!;
      const y = before[c]!;
      for (let k = from; k < to; k++) {
        y[2 * k] = x[2 * k]! * re - x[2 * k + 1]! * im;
        y[2 * k + 1] = x[2 * k]! * im + x[2 * k + 1]! * re;
      }
    }
  }

  function synthesize(c: number, scale: number): Float32Array {
    const y = before[c]!;
    const re = plan.view(buffer.re);
    const im = plan.view(buffer.im);
    for (let k = 0; k < bins; k++) {
      re[k] = y[2 * k]!;
      im[k] = -y[2 * k + 1]!;
      if (k > 0 && k < size / 2) {
        re[size - k] = y[2 * k]!;
        im[size - k] = y[2 * k + 1]!;
      }
    }
    const result = plan.view(plan.transform(buffer, scratch).re);
    for (let n = 0; n < size; n++) frame[n] = result[n]! * outputWindow[n]! * scale;
    return frame;
  }

  return {
    size,
    hop,
    lookBack: hop,
    lookAhead: 0,
    next(pieces, start, write) {
      power.fill(0, 2, bins + 2);
      earlierPower.fill(0);
      pieces.forEach((samples, c) => {
        analyze(c, samples);
      });
      const { middle, spread } = energyPlace(pieces);
      if (spread < CLICK * size) {
        // Every frame that holds the click is moved so that all of them add up in one place.
        if (Math.abs(start + middle - click) > size / 8) click = start + middle;
        moveFrame((ratio - 1) * (click - start));
        const inside = Math.abs((click - start) * ratio) < size / 2;
        for (let c = 0; c < channelCount; c++) write(c, synthesize(c, inside ? clickGain : 0));
        return;
      }
      turnRegions(hasRisen() ? (ratio - 1) * middle : 0);
      for (let c = 0; c < channelCount; c++) write(c, synthesize(c, 1));
    },
  };

  /** Turns the surroundings of each peak. */
  function turnRegions(shift: number): void {
    let peak = -1;
    let from = 0;
    let lowest = 0;
    for (let k = 0; k < bins; k++) {
      const p = power[k + 2]!;
      if (p < power[lowest + 2]!) lowest = k;
      if (p > power[k + 1]! && p > power[k]! && p >= power[k + 3]! && p >= power[k + 4]!) {
        // The border between two peaks is the lowest bin between them.
        if (peak >= 0) {
          turnRegion(peak, from, lowest, shift);
          from = lowest;
        }
        peak = k;
        lowest = k;
      }
    }
    turnRegion(Math.max(0, peak), from, bins, shift);
  }
}
