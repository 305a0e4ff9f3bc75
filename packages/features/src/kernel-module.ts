// Written by wasm/build.mjs from the kernels in wasm/.

/** The module: WebAssembly with 128-bit vectors. */
export const KERNELS_BASE64 =
  'AGFzbQEAAAABFAJgBn9/f39/fwBgB39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAwIAAQcmAwxyZXNpemVBY3Jvc3MAAQpyZXNpemVEb3duAAAGbWVtb3J5AgAKkQQCqQICB3sCfyABIAJqIQ0gBCAFQQJ0aiEOA0AgASANSQRA/QwAACAAAAAgAAAAIAAAACAAIQb9DAAAIAAAACAAAAAgAAAAIAAhB/0MAAAgAAAAIAAAACAAAAAgACEI/QwAACAAAAAgAAAAIAAAACAAIQkgACEFIAQhAgNAIAIgDkkEQCAGIAL9CQIAIgogBf0ABAAiC/2JASIM/akB/bUB/a4BIQYgByAKIAz9qgH9tQH9rgEhByAIIAogC/2KASIL/akB/bUB/a4BIQggCSAKIAv9qgH9tQH9rgEhCSADIAVqIQUgAkEEaiECDAELCyABIAZBFv2sASAHQRb9rAH9hQEgCEEW/awBIAlBFv2sAf2FAf1m/QsEACAAQRBqIQAgAUEQaiEBDAELCwvjAQIEfwF7IAEgAmohCQNAIAEgCUkEQCAAIAMoAgBqIQggBSIHIAQoAgBBAnRqIQr9DAAAIAAAACAAAAAgAAAAIAAhCwNAIAcgCkkEQCALIAf9CQIAIAj9XAIA/YkB/akB/bUB/a4BIQsgCEEDaiEIIAdBBGohBwwBCwsgASALQRb9rAH9DAAAAAAAAAAAAAAAAAAAAAD9hQEiCyAL/WYiC/0WADoAACABIAJqIAv9FgE6AAAgASACQQF0aiAL/RYCOgAAIAFBAWohASADQQRqIQMgBEEEaiEEIAUgBmohBQwBCwsL';

/** Its functions; addresses are in bytes. */
export interface Kernels {
  resizeAcross(
    row: number,
    out: number,
    width: number,
    first: number,
    count: number,
    weights: number,
    stride: number,
  ): void;
  resizeDown(rows: number, out: number, width: number, step: number, weights: number, taps: number): void;
}
