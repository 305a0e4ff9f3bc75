import {
  type DType,
  readNpy,
  readNpyElements,
  readNpyHeader,
  type TensorData,
  writeNpy,
} from '../src/index.js';
import { failure, file, header, npy } from './fixtures.js';

/** 1, -2 and 0.5 as little-endian binary32. */
const THREE_FLOATS = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f];

describe('readNpy', () => {
  test('versions 1, 2 and 3', () => {
    for (const version of [1, 2, 3] as const) {
      const array = readNpy(npy(header('<f4', '(3,)'), THREE_FLOATS, version));
      expect(array).toEqual({ shape: [3], dtype: 'float32', data: Float32Array.of(1, -2, 0.5) });
    }
  });

  const bits: [string, DType, number[], ArrayLike<number | bigint>][] = [
    ['<f2', 'float16', [0x00, 0x3c, 0xff, 0xfb], [1, -65504]],
    ['>f2', 'float16', [0x3c, 0x00, 0xfb, 0xff], [1, -65504]],
    ['>f4', 'float32', [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], [1, -2]],
    ['<f8', 'float64', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0], [1, -2]],
    ['>f8', 'float64', [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], [1, -2]],
    ['|i1', 'int8', [1, 0xfe], [1, -2]],
    ['<i2', 'int16', [1, 0, 0xfe, 0xff], [1, -2]],
    ['>i2', 'int16', [0, 1, 0xff, 0xfe], [1, -2]],
    ['<i4', 'int32', [1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff], [1, -2]],
    ['>i4', 'int32', [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe], [1, -2]],
    ['<i8', 'int64', [1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 255, 255, 255, 255, 255, 255, 255], [1n, -2n]],
    ['>i8', 'int64', [0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 0xfe], [1n, -2n]],
    ['|u1', 'uint8', [1, 0xfe], [1, 254]],
    ['<u2', 'uint16', [1, 0, 0xfe, 0xff], [1, 65534]],
    ['>u4', 'uint32', [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe], [1, 4294967294]],
    [
      '<u8',
      'uint64',
      [1, 0, 0, 0, 0, 0, 0, 0, 0xfe, 255, 255, 255, 255, 255, 255, 255],
      [1n, 2n ** 64n - 2n],
    ],
    ['|b1', 'bool', [1, 0], [1, 0]],
  ];
  test.each(bits)('%s', (descr, dtype, data, values) => {
    const array = readNpy(npy(header(descr, '(2,)'), data));
    expect(array.dtype).toBe(dtype);
    expect(Array.from<number | bigint>(array.data)).toEqual(Array.from(values));
  });

  test('scalars, empty arrays and many axes', () => {
    expect(readNpy(npy(header('<i2', '()'), [7, 0]))).toEqual({
      shape: [],
      dtype: 'int16',
      data: Int16Array.of(7),
    });
    expect(readNpy(npy(header('<f4', '(3, 0, 9007199254740991)'), [])).data).toHaveLength(0);
    expect(readNpy(npy(header('|u1', `(${'1, '.repeat(64)})`), [5])).shape).toHaveLength(64);
  });

  test('Fortran order becomes C order', () => {
    // Element (i, j) = 10 i + j of a 2 x 3 array, columns one after another.
    const array = readNpy(npy(header('|u1', '(2, 3)', 'True'), [0, 10, 1, 11, 2, 12]));
    expect(array.data).toEqual(Uint8Array.of(0, 1, 2, 10, 11, 12));
    expect(readNpy(npy(header('|u1', '(3,)', 'True'), [1, 2, 3])).data).toEqual(Uint8Array.of(1, 2, 3));
    expect(readNpy(npy(header('|u1', '()', 'True'), [4])).data).toEqual(Uint8Array.of(4));
    expect(readNpy(npy(header('<f8', '(2, 0)', 'True'), [])).data).toEqual(new Float64Array(0));
  });

  test('the dictionary in other spellings that are the same Python literal', () => {
    for (const text of [
      `{"descr": "|u1", "fortran_order": False, "shape": (2,)}`,
      `{'shape':(2L,),'fortran_order':False,'descr':'|u1'}   \n`,
      ` { 'fortran_order' : False , 'descr' : '<u1' , 'shape' : ( 2 , ) , } `,
    ]) {
      expect(readNpy(npy(text, [8, 9])).data).toEqual(Uint8Array.of(8, 9));
    }
  });

  test('does not copy what is aligned, copies what is not', () => {
    const bytes = writeNpy({ shape: [2], dtype: 'float32', data: Float32Array.of(1, 2) });
    expect(readNpy(bytes).data.buffer).toBe(bytes.buffer);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const array = readNpy(shifted.subarray(1));
    expect(array.data.buffer).not.toBe(shifted.buffer);
    expect(array.data).toEqual(Float32Array.of(1, 2));
  });

  test('takes a Node Buffer that lies in a pool', () => {
    const bytes = Buffer.from(writeNpy({ shape: [2], dtype: 'float64', data: Float64Array.of(1, 2) }));
    expect(readNpy(bytes).data).toEqual(Float64Array.of(1, 2));
  });
});

describe('reading in pieces', () => {
  const array = {
    shape: [4, 3],
    dtype: 'float32' as const,
    data: Float32Array.from({ length: 12 }, (_, i) => i / 2),
  };
  const bytes = writeNpy(array);

  test('the header says where the elements are, without them', () => {
    const start = readNpyHeader(bytes.subarray(0, 128));
    expect(start).toEqual({
      shape: [4, 3],
      dtype: 'float32',
      littleEndian: true,
      fortranOrder: false,
      offset: bytes.length - 48,
      byteLength: 48,
    });
    const rows = [0, 1, 3].map((row) => {
      const from = start.offset + row * 12;
      return [...readNpyElements(bytes.slice(from, from + 12), start)];
    });
    expect(rows).toEqual([
      [0, 0.5, 1],
      [1.5, 2, 2.5],
      [4.5, 5, 5.5],
    ]);
  });

  test('a shape whose size is no number, and a header that goes on', () => {
    const huge = npy(header('<f4', '(9007199254740991, 3)'), []);
    expect(readNpyHeader(huge).byteLength).toBe(Number.POSITIVE_INFINITY);
    expect(() => readNpyHeader(bytes.subarray(0, 40))).toThrow(
      expect.objectContaining({ code: 'TRUNCATED' }),
    );
  });

  test('pieces must be whole elements, and Fortran order is read as a whole', () => {
    const start = readNpyHeader(bytes);
    const refusal = expect.objectContaining({ code: 'LENGTH_MISMATCH' });
    expect(() => readNpyElements(new Uint8Array(6), start)).toThrow(refusal);
    const fortran = { ...start, fortranOrder: true };
    expect(() => readNpyElements(bytes.slice(-12), fortran)).toThrow(refusal);
    expect([...readNpyElements(bytes.slice(-48), fortran)].slice(0, 3)).toEqual([0, 2, 4]);
  });
});

describe('readNpy refuses', () => {
  const good = header('<f4', '(3,)');
  test.each<[string, Uint8Array, 'BAD_FORMAT' | 'TRUNCATED', RegExp]>([
    ['nothing', file(), 'TRUNCATED', /ends after 0 bytes/],
    ['half a magic', file('\x93NUM'), 'TRUNCATED', /ends after 4 bytes/],
    ['text', file('hello, world'), 'BAD_FORMAT', /does not start with/],
    ['a zip archive', file('PK\x03\x04 and so on'), 'BAD_FORMAT', /zip archive/],
    ['a pickle', file('\x80\x04\x95.....'), 'BAD_FORMAT', /pickle/],
    ['version 4', file('\x93NUMPY', [4, 0, 0, 0, 0, 0]), 'BAD_FORMAT', /version 4/],
    ['version 1.1', file('\x93NUMPY', [1, 1, 0, 0, 0, 0]), 'BAD_FORMAT', /version 1\.1/],
    ['a header of 4 GB', file('\x93NUMPY', [2, 0, 255, 255, 255, 255]), 'BAD_FORMAT', /4294967295 bytes/],
    ['a cut header', npy(good, []).subarray(0, 40), 'TRUNCATED', /header takes/],
    ['cut data', npy(good, THREE_FLOATS.slice(1)), 'TRUNCATED', /takes 12 bytes, 11 are there/],
    ['left-over data', npy(good, [...THREE_FLOATS, 0]), 'BAD_FORMAT', /1 more follow/],
    ['a shape of 8 exabytes', npy(header('<f8', '(1000000000, 1000000000)'), []), 'TRUNCATED', /1000000000/],
    [
      'a shape beyond all numbers',
      npy(header('<f8', '(9007199254740991, 2, 2)'), []),
      'TRUNCATED',
      /Infinity/,
    ],
    ['a size of 400 digits', npy(header('<f8', `(${'9'.repeat(400)},)`), []), 'BAD_FORMAT', /too large/],
    ['65 axes', npy(header('|u1', `(${'1, '.repeat(65)})`), [1]), 'BAD_FORMAT', /64 axes/],
    ['objects', npy(header('|O', '(3,)'), [0x80, 2]), 'BAD_FORMAT', /object array/],
    [
      'fields',
      npy(`{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }`, []),
      'BAD_FORMAT',
      /fields/,
    ],
    ['complex', npy(header('<c8', '(1,)'), []), 'BAD_FORMAT', /"<c8" is not supported/],
    ['strings', npy(header('<U5', '(1,)'), []), 'BAD_FORMAT', /"<U5"/],
    ['dates', npy(header('<M8[ns]', '(1,)'), []), 'BAD_FORMAT', /M8/],
    ['no byte order', npy(header('|f4', '(3,)'), THREE_FLOATS), 'BAD_FORMAT', /byte order/],
    ['a bool of 2', npy(header('|b1', '(2,)'), [1, 2]), 'BAD_FORMAT', /element 1 .* 2/],
    [
      'a missing key',
      npy(`{'descr': '<f4', 'shape': (3,), }`, THREE_FLOATS),
      'BAD_FORMAT',
      /must all be given/,
    ],
    ['a key twice', npy(`{'descr': '<f4', 'descr': '<f4', }`, []), 'BAD_FORMAT', /descr is given twice/],
    ['another key', npy(`{'descr': '<f4', 'x': 1, }`, []), 'BAD_FORMAT', /character 17/],
    ['a number for a tuple', npy(header('<f4', '(3)'), THREE_FLOATS), 'BAD_FORMAT', /not a tuple/],
    ['a negative size', npy(header('<f4', '(-1,)'), []), 'BAD_FORMAT', /expected a size/],
    ['no comma', npy(header('<f4', '(1 3)'), []), 'BAD_FORMAT', /expected ","/],
    ['an expression', npy(header('<f4', '(1+2,)'), THREE_FLOATS), 'BAD_FORMAT', /expected ","/],
    ['a call', npy(`__import__('os').system('true')`, []), 'BAD_FORMAT', /expected "\{"/],
    ['text after the dictionary', npy(`${good}x`, THREE_FLOATS), 'BAD_FORMAT', /"x" after/],
    ['an open dictionary', npy(good.replace('}', ''), THREE_FLOATS), 'BAD_FORMAT', /found ""/],
  ])('%s', (_, bytes, code, message) => {
    const error = failure(() => readNpy(bytes));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  test('says how to convert an object array', () => {
    expect(failure(() => readNpy(npy(header('|O', '(3,)'), []))).hint).toMatch(/np\.stack/);
  });

  test('anything but bytes', () => {
    expect(failure(() => readNpy('x.npy' as never)).code).toBe('BAD_INPUT');
    expect(failure(() => readNpy(Float32Array.of(1) as never)).message).toMatch(/Float32Array/);
  });
});

describe('writeNpy', () => {
  test('a file known byte by byte', () => {
    const dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
    // 10 bytes before the dictionary; padded to 128 in all, the last one a line feed.
    const expected = file('\x93NUMPY', [1, 0, 118, 0], dictionary.padEnd(117), '\n', THREE_FLOATS);
    expect(writeNpy({ shape: [3], dtype: 'float32', data: Float32Array.of(1, -2, 0.5) })).toEqual(expected);
  });

  test.each<[string, unknown, string, RegExp]>([
    ['an unknown dtype', { shape: [1], dtype: 'float8', data: new Uint8Array(1) }, 'BAD_INPUT', /float8/],
    ['a dtype from the prototype', { shape: [1], dtype: 'toString', data: [] }, 'BAD_INPUT', /toString/],
    [
      'another array class',
      { shape: [1], dtype: 'float32', data: [1] },
      'BAD_INPUT',
      /needs a Float32Array, received Array/,
    ],
    [
      'a fraction in the shape',
      { shape: [1.5], dtype: 'uint8', data: new Uint8Array(1) },
      'BAD_INPUT',
      /1\.5/,
    ],
    [
      'a shape of another size',
      { shape: [2, 3], dtype: 'int8', data: new Int8Array(5) },
      'LENGTH_MISMATCH',
      /\[2, 3\].* 5 /,
    ],
    ['a bool of 2', { shape: [1], dtype: 'bool', data: Uint8Array.of(2) }, 'BAD_INPUT', /not 0 or 1/],
    ['bfloat16', { shape: [1], dtype: 'bfloat16', data: new Float32Array(1) }, 'BAD_INPUT', /no bfloat16/],
    [
      '65 axes',
      { shape: new Array(65).fill(1), dtype: 'int8', data: new Int8Array(1) },
      'BAD_INPUT',
      /65 axes/,
    ],
    ['null', null, 'BAD_INPUT', /expected \{ shape, dtype, data \}/],
  ])('refuses %s', (_, array, code, message) => {
    const error = failure(() => writeNpy(array as TensorData));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });
});
