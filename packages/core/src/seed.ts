import { RobustaError } from './errors.js';

/**
 * A stable 32-bit seed of its parts, the same on every machine. Type and length of each part take part:
 * `('a', 'bc')` differs from `('ab', 'c')`, and `1` from `'1'`.
 * @param parts - strings (hashed as UTF-8) and finite numbers
 * @returns an integer in [0, 2^32)
 * @throws BAD_INPUT for NaN and infinities
 */
export function deriveSeed(...parts: (string | number)[]): number {
  // FNV-1a over tagged bytes, then the finaliser of MurmurHash3 for avalanche.
  let hash = 0x811c9dc5;
  const byte = (value: number) => {
    hash = Math.imul(hash ^ value, 0x01000193);
  };
  for (const part of parts) {
    if (typeof part === 'number' && !Number.isFinite(part)) {
      throw new RobustaError(
        'BAD_INPUT',
        `deriveSeed: parts must be strings or finite numbers, received ${part}`,
      );
    }
    const bytes = new TextEncoder().encode(String(part));
    byte(typeof part === 'number' ? 1 : 2);
    for (let shift = 0; shift < 32; shift += 8) byte((bytes.length >>> shift) & 255);
    for (const value of bytes) byte(value);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
