import FFT from 'fft.js';

/** Samples of an analysis frame, 25 ms at 16 kHz. */
export const FRAME_LENGTH = 400;
/** Samples from a frame to the next, 10 ms. */
export const FRAME_HOP = 160;
const FFT_LENGTH = 512;
/** Frequencies 0, 31.25, ... 8000 Hz. */
export const BINS = FFT_LENGTH / 2 + 1;

/** The periodic Hann window of 400 samples, `0.5 - 0.5 cos(2 pi i / 400)`. */
export const HANN: Float64Array = Float64Array.from(
  { length: FRAME_LENGTH },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FRAME_LENGTH),
);

/** Full frames in a signal: `1 + floor((samples - 400) / 160)`, none below 400 samples. */
export function frameCount(samples: number): number {
  return samples < FRAME_LENGTH ? 0 : 1 + Math.floor((samples - FRAME_LENGTH) / FRAME_HOP);
}

/** Computes magnitude spectra; one instance reuses its buffers. */
export class Spectrum {
  private readonly fft = new FFT(FFT_LENGTH);
  private readonly input = new Array<number>(FFT_LENGTH).fill(0);
  private readonly output = this.fft.createComplexArray() as number[];

  /** Magnitudes (257) of the 400 samples from `start` on. */
  magnitudes(signal: ArrayLike<number>, start: number, out: Float64Array): void {
    const { input, output } = this;
    for (let i = 0; i < FRAME_LENGTH; i++) input[i] = signal[start + i]! * HANN[i]!;
    this.fft.realTransform(output, input);
    for (let bin = 0; bin < BINS; bin++) {
      const re = output[2 * bin]!;
      const im = output[2 * bin + 1]!;
      out[bin] = Math.sqrt(re * re + im * im);
    }
  }
}
