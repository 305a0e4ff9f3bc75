import { HANN } from './window.js';

/** Complex values that the 512 samples of a frame are transformed as: even samples are real parts, odd ones imaginary. */
export const VALUES = 256;
const TWIDDLES_EACH = 6;

/** Constants of the transform, as one array that the kernel takes as it is. */
export interface SpectrumTables {
  /**
   * Half the window (400); for each butterfly of each pass cosine and sine of three twiddles; cosine and sine of the 128
   * rotations that turn the spectrum of 256 complex values into that of 512 real ones.
   */
  numbers: Float64Array;
  /** Where the twiddles of each pass begin, and how many complex values each of them serves. */
  passes: readonly { twiddles: number; span: number }[];
  /** Where the rotations begin. */
  rotations: number;
}

export const SPECTRUM_TABLES: SpectrumTables = tables();

function tables(): SpectrumTables {
  // Halved here, where it costs nothing: both parts of a real spectrum are halves of sums.
  const numbers = Array.from(HANN, (weight) => weight / 2);
  const passes: { twiddles: number; span: number }[] = [];
  for (let span = 1; span < VALUES; span *= 4) {
    passes.push({ twiddles: numbers.length, span });
    const length = VALUES / span;
    for (let p = 0; p < length / 4; p++) {
      for (let j = 1; j <= TWIDDLES_EACH / 2; j++) numbers.push(...rotation(j * p, length));
    }
  }
  const rotations = numbers.length;
  for (let k = 0; k < VALUES / 2; k++) numbers.push(...rotation(k, 2 * VALUES));
  return { numbers: Float64Array.from(numbers), passes, rotations };
}

/** exp(-2 pi i k / length). */
function rotation(k: number, length: number): [number, number] {
  const angle = (2 * Math.PI * k) / length;
  return [Math.cos(angle), -Math.sin(angle)];
}
