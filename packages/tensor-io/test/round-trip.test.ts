import fc from 'fast-check';
import { widenBfloat16, widenFloat16 } from '../src/half.js';
import {
  type DType,
  readNpy,
  readSafetensors,
  type TensorData,
  writeNpy,
  writeSafetensors,
} from '../src/index.js';
import { header, npy } from './fixtures.js';

const integers: { [D in DType]?: (values: bigint[]) => TensorData['data'] } = {
  int8: (v) => Int8Array.from(v, Number),
  int16: (v) => Int16Array.from(v, Number),
  int32: (v) => Int32Array.from(v, (x) => Number(BigInt.asIntN(32, x))),
  int64: (v) => BigInt64Array.from(v),
  uint8: (v) => Uint8Array.from(v, Number),
  uint16: (v) => Uint16Array.from(v, Number),
  uint32: (v) => Uint32Array.from(v, (x) => Number(BigInt.asUintN(32, x))),
  uint64: (v) => BigUint64Array.from(v),
  bool: (v) => Uint8Array.from(v, (x) => Number(x & 1n)),
  float16: (v) => widenFloat16(Uint16Array.from(v, (x) => Number(BigInt.asUintN(16, x)))),
  bfloat16: (v) => widenBfloat16(Uint16Array.from(v, (x) => Number(BigInt.asUintN(16, x)))),
  float32: (v) => new Float32Array(Uint32Array.from(v, (x) => Number(BigInt.asUintN(32, x))).buffer),
  float64: (v) => new Float64Array(BigInt64Array.from(v).buffer),
};

/** Tensors of every dtype and rank 0 to 4 with random bits, NaNs and subnormals among them. */
const tensor = (dtypes: DType[]) =>
  fc
    .record({
      dtype: fc.constantFrom(...dtypes),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    })
    .chain(({ dtype, shape }) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return fc
        .array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), {
          minLength: length,
          maxLength: length,
        })
        .map((values) => ({ shape, dtype, data: integers[dtype]!(values) }) as TensorData);
    });

const all = Object.keys(integers) as DType[];

test('.npy: reading what was written gives the same bits', () => {
  fc.assert(
    fc.property(tensor(all.filter((dtype) => dtype !== 'bfloat16')), (original) => {
      const bytes = writeNpy(original);
      expect(readNpy(bytes)).toEqual(original);
      expect(writeNpy(readNpy(bytes))).toEqual(bytes);
    }),
    { numRuns: 300 },
  );
});

test('.safetensors: reading what was written gives the same bits', () => {
  const tensors = fc.dictionary(fc.string(), tensor(all), { maxKeys: 6 });
  fc.assert(
    fc.property(tensors, fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), (original, metadata) => {
      const bytes = writeSafetensors(original, metadata);
      const read = readSafetensors(bytes);
      expect({ ...read.tensors }).toEqual({ ...original });
      expect({ ...read.metadata }).toEqual({ ...metadata });
      expect(writeSafetensors(read.tensors, read.metadata)).toEqual(bytes);
    }),
    { numRuns: 200 },
  );
});

test('Fortran order: element by element as the definition has it', () => {
  const shapes = fc.oneof(
    fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }),
    fc.tuple(
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 70 }),
    ),
  );
  fc.assert(
    fc.property(shapes, (shape) => {
      const length = shape.reduce((product, size) => product * size, 1);
      const stored = Uint16Array.from({ length }, (_, i) => i * 7);
      const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
      const bytes = npy(header('<u2', tuple, 'True'), Array.from(new Uint8Array(stored.buffer)));
      const { data } = readNpy(bytes);
      expect(data).toHaveLength(length);
      for (let flat = 0; flat < length; flat++) {
        // Digits of `flat` in C order, put together again with the first axis fastest.
        let rest = flat;
        let source = 0;
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          const index = rest % shape[axis]!;
          rest = (rest - index) / shape[axis]!;
          source += index * shape.slice(0, axis).reduce((product, size) => product * size, 1);
        }
        if (data[flat] !== stored[source]) throw new Error(`element ${flat} of [${shape}]`);
      }
    }),
  );
});
