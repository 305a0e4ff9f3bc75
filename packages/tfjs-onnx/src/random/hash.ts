/**
 * Counter-based random words. A word is a function of (seed, stream, index) alone, so it is the same whatever was
 * drawn before and on whichever engine. The index is split into a row and a column of a table ROW_WIDTH wide, and
 *
 *     word(row, column) = a(row)·b(column) + c(column)  mod 2^32,   b odd,
 *
 * where a, b and c are full-avalanche hashes. Two operations a word are what makes this affordable as a graph: a
 * shift or a xor there is a pass over all of memory. The product of independent random a and b is uniform and
 * pairwise independent in its high bits; the low bits are poor and not used.
 *
 * All three are taken from one sequence of hashed counters: c from the first ROW_WIDTH, then b, then a.
 */
export const ROW_WIDTH = 256;

const { fround, imul } = Math;

/** 2^32 / golden ratio, odd: consecutive counters land far apart before they are mixed. */
export const STRIDE = 0x9e3779b1;

/** The 32-bit finaliser of MurmurHash3. */
export function mix(x: number): number {
  let h = x ^ (x >>> 16);
  h = imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * @param seed - any 32-bit integer
 * @param stream - tells apart the draws of one seed
 * @returns `size` signed 32-bit words
 */
export function randomWords(size: number, seed: number, stream: number): Int32Array {
  const key = mix((imul(stream, STRIDE) + mix(seed)) | 0);
  const rows = Math.ceil(size / ROW_WIDTH);
  const hashes = new Int32Array(2 * ROW_WIDTH + rows);
  for (let i = 0; i < hashes.length; i++) hashes[i] = mix((imul(i, STRIDE) + key) | 0);
  const words = new Int32Array(size);
  for (let row = 0, at = 0; row < rows; row++) {
    const a = hashes[2 * ROW_WIDTH + row]!;
    const end = Math.min(ROW_WIDTH, size - at);
    for (let c = 0; c < end; c++) words[at++] = imul(a, 2 * hashes[ROW_WIDTH + c]! + 1) + hashes[c]!;
  }
  return words;
}

/**
 * Words in [-2^31, 2^31) become numbers strictly between 0 and 1: rounded to float32, times this, plus 1/2. The
 * factor is a little less than 2^-32, so that the ends are not reached by rounding.
 */
export const WORD_SCALE = fround(2 ** -32 * (1 - 2 ** -22));

/** The words of {@link randomWords} as uniform numbers, rounded after each step as a graph of float32 does. */
export function randomUniforms(size: number, seed: number, stream: number): Float32Array {
  const result = new Float32Array(size);
  const words = randomWords(size, seed, stream);
  for (let i = 0; i < size; i++) result[i] = fround(fround(words[i]!) * WORD_SCALE) + 0.5;
  return result;
}
