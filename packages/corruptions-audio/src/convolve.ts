import FFT from 'fft.js';

/**
 * The first `length` samples of the linear convolution with a response, by overlap-save: the signal passes
 * through one transform in blocks, two at a time as real and imaginary part, which a real response keeps apart.
 * @param response - h, at least one sample
 * @returns a function, so that several channels share the transformed response
 */
export function createConvolver(
  response: Float64Array,
  length: number,
): (signal: Float32Array) => Float64Array {
  let size = 16;
  const whole = response.length + Math.ceil(length / 2);
  // Four times the response wastes a quarter of each transform; past 2^20 memory counts for more.
  while (
    size < 2 * response.length ||
    (size < whole && size < Math.min(Math.max(4096, 4 * response.length), 1 << 20))
  )
    size *= 2;
  const fft = new FFT(size);
  const block = size - response.length + 1;
  const spectrum = new Float64Array(2 * size);
  const data = new Float64Array(2 * size);
  const transformed = new Float64Array(2 * size);
  for (let i = 0; i < response.length; i++) data[2 * i] = response[i]!;
  fft.transform(spectrum, data);

  return (signal) => {
    const output = new Float64Array(length);
    for (let at = 0; at < length; at += 2 * block) {
      place(data, 0, signal, at - response.length + 1, size);
      place(data, 1, signal, at + block - response.length + 1, size);
      fft.transform(transformed, data);
      multiply(transformed, spectrum);
      fft.inverseTransform(data, transformed);
      take(output, at, data, 0, response.length - 1, block);
      take(output, at + block, data, 1, response.length - 1, block);
    }
    return output;
  };
}

/** Writes `size` samples from `start` on as the real (part 0) or imaginary (1) numbers; silence outside. */
function place(data: Float64Array, part: number, signal: Float32Array, start: number, size: number): void {
  for (let i = 0; i < size; i++) {
    const at = start + i;
    data[2 * i + part] = at >= 0 && at < signal.length ? signal[at]! : 0;
  }
}

function take(
  output: Float64Array,
  at: number,
  data: Float64Array,
  part: number,
  from: number,
  block: number,
): void {
  const count = Math.min(block, output.length - at);
  for (let i = 0; i < count; i++) output[at + i] = data[2 * (from + i) + part]!;
}

function multiply(a: Float64Array, b: Float64Array): void {
  for (let i = 0; i < a.length; i += 2) {
    const re = a[i]! * b[i]! - a[i + 1]! * b[i + 1]!;
    a[i + 1] = a[i]! * b[i + 1]! + a[i + 1]! * b[i]!;
    a[i] = re;
  }
}
