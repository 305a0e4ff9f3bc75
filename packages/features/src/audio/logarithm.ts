/** The number whose bits are looked at, and its two halves; the high one has sign and exponent. */
const number = new Float64Array(1);
const halves = new Uint32Array(number.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** From the high half of the root of 1/2 to that of 1. */
const TO_ONE = 0x3ff00000 - 0x3fe6a09e;

/**
 * Natural logarithm of positive numbers of normal size, to two units in the last place: x = m 2^k, m between the roots
 * of 1/2 and 2, is 2 artanh((m - 1) / (m + 1)) + k ln 2. The operations are those of `wasm/log-mel.ts`, which
 * `Math.log` of no engine promises.
 */
export function naturalLogarithm(x: number): number {
  number[0] = x;
  const high = halves[HIGH]!;
  const k = ((high + TO_ONE) >>> 20) - 1023;
  halves[HIGH] = high - (k << 20);
  const m = number[0]!;
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let p = 2 / 19;
  p = p * z + 2 / 17;
  p = p * z + 2 / 15;
  p = p * z + 2 / 13;
  p = p * z + 2 / 11;
  p = p * z + 2 / 9;
  p = p * z + 2 / 7;
  p = p * z + 2 / 5;
  p = p * z + 2 / 3;
  p = p * z + 2;
  return k * Math.LN2 + s * p;
}
