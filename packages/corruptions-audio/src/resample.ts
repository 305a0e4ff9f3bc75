/** Zero crossings on each side of the windowed sinc. */
const HALF_WIDTH = 32;
/** Entries of the table between two zero crossings; read with linear interpolation, error below 5e-6. */
const STEPS = 512;
/** Shape of the Kaiser window: stop band below -90 dB. */
const BETA = 9;

let table: Float64Array | undefined;

/**
 * Band-limited resampling by a Kaiser-windowed sinc of 64 zero crossings, of the samples `start` to
 * `start + count - 1` of the resampled signal alone. Outside of the input there is silence.
 */
export function resample(
  input: Float32Array,
  from: number,
  to: number,
  start: number,
  count: number,
): Float32Array {
  if (from === to) return input.slice(start, start + count);
  table ??= windowedSinc();
  const output = new Float32Array(count);
  // Below the lower of the two Nyquist frequencies by the width of the window's transition band.
  const cutoff = 0.95 * Math.min(1, to / from);
  const reach = HALF_WIDTH / cutoff;
  const scale = cutoff * STEPS;
  for (let n = 0; n < count; n++) {
    const position = ((start + n) * from) / to;
    const first = Math.max(0, Math.ceil(position - reach));
    const last = Math.min(input.length - 1, Math.floor(position + reach));
    let sum = 0;
    for (let k = first; k <= last; k++) {
      const at = Math.abs(position - k) * scale;
      const whole = at | 0;
      const value = table[whole]!;
      sum += input[k]! * (value + (at - whole) * (table[whole + 1]! - value));
    }
    output[n] = sum * cutoff;
  }
  return output;
}

/** How many samples a signal has after resampling. */
export function resampledLength(length: number, from: number, to: number): number {
  return Math.round((length * to) / from);
}

function windowedSinc(): Float64Array {
  const size = HALF_WIDTH * STEPS;
  const values = new Float64Array(size + 2);
  for (let i = 0; i <= size; i++) {
    const x = i / STEPS;
    const sinc = i === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    values[i] = (sinc * bessel(BETA * Math.sqrt(1 - (i / size) ** 2))) / bessel(BETA);
  }
  return values;
}

/** The modified Bessel function I0 by its power series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
