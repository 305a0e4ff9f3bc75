import { RobustaError } from '@robusta/core';
import fc from 'fast-check';
import { readNpy, readSafetensors, type TensorData, writeNpy, writeSafetensors } from '../src/index.js';
import { header, npy } from './fixtures.js';

const array: TensorData = { shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, 6) };
const flags: TensorData = { shape: [3], dtype: 'bool', data: Uint8Array.of(1, 0, 1) };
const halves: TensorData = { shape: [1, 2], dtype: 'float16', data: Float32Array.of(0.5, 2) };

const npyFiles = [
  writeNpy(array),
  writeNpy(halves),
  npy(header('>f8', '(1, 2)', 'True'), new Array(16).fill(3), 2),
  npy(header('|b1', '(3,)'), [1, 0, 1], 3),
];
const safetensorsFiles = [writeSafetensors({ array, flags, halves }, { made: 'by hand', for: 'the test' })];

/** Damage: bytes flipped, then the end cut off or bytes added. */
const damage = fc.record({
  flips: fc.array(
    fc.record({
      at: fc.nat(),
      to: fc.oneof(fc.nat(255), fc.constantFrom(0x30, 0x39, 0x2c, 0x22, 0x28, 0xff)),
    }),
    {
      maxLength: 4,
    },
  ),
  length: fc.option(fc.nat(), { nil: undefined }),
  extra: fc.uint8Array({ maxLength: 8 }),
});

function damaged(
  original: Uint8Array,
  { flips, length, extra }: typeof damage extends fc.Arbitrary<infer T> ? T : never,
) {
  const bytes = Uint8Array.from(original);
  // Mostly in the first 140 bytes, where the structure is.
  for (const { at, to } of flips) bytes[at % (at % 3 ? Math.min(140, bytes.length) : bytes.length)] = to;
  const kept = length === undefined ? bytes : bytes.subarray(0, length % (bytes.length + 1));
  return Uint8Array.from([...kept, ...extra]);
}

/** Reads, and checks that what comes is a typed error or an array that the file can hold. */
function survives(bytes: Uint8Array, read: (bytes: Uint8Array) => TensorData[]): boolean {
  try {
    let stored = 0;
    for (const { shape, dtype, data } of read(bytes)) {
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
      stored += data.byteLength / (dtype === 'float16' || dtype === 'bfloat16' ? 2 : 1);
    }
    expect(stored).toBeLessThanOrEqual(bytes.length);
    return true;
  } catch (error) {
    if (!RobustaError.isInstance(error)) throw error;
    expect(['BAD_FORMAT', 'TRUNCATED']).toContain(error.code);
    return false;
  }
}

test.each([
  ['.npy', npyFiles, (bytes: Uint8Array) => [readNpy(bytes)]],
  ['.safetensors', safetensorsFiles, (bytes: Uint8Array) => Object.values(readSafetensors(bytes).tensors)],
])('%s: damage gives a typed error or a sound array, nothing else', (_, files, read) => {
  for (const original of files) expect(survives(original, read)).toBe(true);
  fc.assert(
    fc.property(fc.constantFrom(...files), damage, (original, how) => {
      survives(damaged(original, how), read);
    }),
    { numRuns: 4000 },
  );
  for (const original of files) {
    for (let length = 0; length < original.length; length++) {
      expect(survives(original.subarray(0, length), read)).toBe(false);
    }
  }
});

test.each([
  ['.npy', (bytes: Uint8Array) => [readNpy(bytes)]],
  ['.safetensors', (bytes: Uint8Array) => Object.values(readSafetensors(bytes).tensors)],
])('%s: random bytes give a typed error', (_, read) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => !survives(bytes, read)));
});
