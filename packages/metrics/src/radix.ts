const DIGIT_BITS = 11;
const BUCKETS = 1 << DIGIT_BITS;
const MASK = BUCKETS - 1;
const PASSES = 3;

/**
 * Float32 values as unsigned integers of the same order: the bits with the sign flipped, all of them for
 * negatives. Works in place.
 */
export function toOrderedKeys(values: Float32Array): Uint32Array {
  const keys = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < keys.length; i++) {
    const bits = keys[i]!;
    keys[i] = bits & 0x80000000 ? ~bits : bits | 0x80000000;
  }
  return keys;
}

/** Undoes {@link toOrderedKeys}, in place. */
export function fromOrderedKeys(keys: Uint32Array): Float32Array {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    keys[i] = key & 0x80000000 ? key & 0x7fffffff : ~key;
  }
  return new Float32Array(keys.buffer, keys.byteOffset, keys.length);
}

/**
 * Sorts ascending by least significant digits, three passes of 11 bits, O(n). On 2.3 million distinct scores
 * it took a quarter of the time of `Float32Array.prototype.sort`.
 * @returns the sorted keys, in `keys` itself or in another array
 */
export function radixSort(keys: Uint32Array): Uint32Array {
  const { length } = keys;
  const counts = new Uint32Array(PASSES * BUCKETS);
  for (let i = 0; i < length; i++) {
    const key = keys[i]!;
    counts[key & MASK]!++;
    counts[BUCKETS + ((key >>> DIGIT_BITS) & MASK)]!++;
    counts[2 * BUCKETS + (key >>> (2 * DIGIT_BITS))]!++;
  }
  let from = keys;
  let to: Uint32Array | undefined;
  for (let pass = 0; pass < PASSES; pass++) {
    const shift = pass * DIGIT_BITS;
    const places = counts.subarray(pass * BUCKETS, (pass + 1) * BUCKETS);
    if (length === 0 || places[(from[0]! >>> shift) & MASK] === length) continue; // one digit for all
    let sum = 0;
    for (let digit = 0; digit < BUCKETS; digit++) {
      const count = places[digit]!;
      places[digit] = sum;
      sum += count;
    }
    to ??= new Uint32Array(length);
    for (let i = 0; i < length; i++) {
      const key = from[i]!;
      to[places[(key >>> shift) & MASK]!++] = key;
    }
    [from, to] = [to, from];
  }
  return from;
}
