import { readSafetensors, type TensorData, writeSafetensors } from '../src/index.js';
import { failure, file, safetensors } from './fixtures.js';

const entry = (dtype: string, shape: number[], start: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

describe('readSafetensors', () => {
  test('a file written by hand', () => {
    const bytes = safetensors(
      { __metadata__: { format: 'pt' }, b: entry('U8', [2], 4, 6), a: entry('I16', [1, 2], 0, 4) },
      [1, 0, 0xfe, 0xff, 7, 8],
    );
    expect(readSafetensors(bytes)).toEqual({
      tensors: {
        a: { shape: [1, 2], dtype: 'int16', data: Int16Array.of(1, -2) },
        b: { shape: [2], dtype: 'uint8', data: Uint8Array.of(7, 8) },
      },
      metadata: { format: 'pt' },
    });
  });

  test('half precision', () => {
    const { tensors } = readSafetensors(
      safetensors({ h: entry('F16', [1], 0, 2), b: entry('BF16', [1], 2, 4) }, [0x00, 0xc0, 0x80, 0x3f]),
    );
    expect(tensors.h).toEqual({ shape: [1], dtype: 'float16', data: Float32Array.of(-2) });
    expect(tensors.b).toEqual({ shape: [1], dtype: 'bfloat16', data: Float32Array.of(1) });
  });

  test('no tensors, empty tensors, scalars, padding after the header', () => {
    expect(readSafetensors(safetensors('{}'))).toEqual({ tensors: {}, metadata: {} });
    const { tensors } = readSafetensors(
      safetensors(
        `${JSON.stringify({ z: entry('F32', [0, 5], 0, 0), s: entry('BOOL', [], 0, 1) })}    `,
        [1],
      ),
    );
    expect(tensors.z!.data).toHaveLength(0);
    expect(tensors.s).toEqual({ shape: [], dtype: 'bool', data: Uint8Array.of(1) });
  });

  test('names that JavaScript treats specially are names', () => {
    const bytes = writeSafetensors(
      Object.fromEntries(
        ['__proto__', 'constructor', '1', 'a"\\\n:é'].map((name, i) => [
          name,
          { shape: [], dtype: 'uint8', data: Uint8Array.of(i) } satisfies TensorData,
        ]),
      ),
    );
    const { tensors } = readSafetensors(bytes);
    expect(Object.keys(tensors).sort()).toEqual(['1', '__proto__', 'a"\\\n:é', 'constructor']);
    expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype);
  });

  test('does not copy what is aligned', () => {
    const bytes = writeSafetensors({ a: { shape: [2], dtype: 'float64', data: Float64Array.of(1, 2) } });
    expect(readSafetensors(bytes).tensors.a!.data.buffer).toBe(bytes.buffer);
  });
});

describe('readSafetensors refuses', () => {
  const one = (dtype: unknown, shape: unknown, offsets: unknown, data: number[] = []) =>
    safetensors({ a: { dtype, shape, data_offsets: offsets } }, data);

  test.each<[string, Uint8Array, 'BAD_FORMAT' | 'TRUNCATED', RegExp]>([
    ['nothing', file(), 'TRUNCATED', /after 0 bytes/],
    ['seven bytes', file([2, 0, 0, 0, 0, 0, 0]), 'TRUNCATED', /after 7 bytes/],
    ['a header beyond the file', file([3, 0, 0, 0, 0, 0, 0, 0], '{}'), 'TRUNCATED', /takes 11 bytes, 10/],
    [
      'a header of 100,000,001 bytes',
      file([0x01, 0xe1, 0xf5, 5, 0, 0, 0, 0], '{}'),
      'BAD_FORMAT',
      /100000001 bytes/,
    ],
    ['a header of 2^64 - 1 bytes', file(new Array(8).fill(255), '{}'), 'BAD_FORMAT', /is more than/],
    ['no brace', safetensors(' {}'), 'BAD_FORMAT', /start with/],
    ['broken JSON', safetensors('{"a":'), 'BAD_FORMAT', /not valid JSON/],
    ['broken UTF-8', file([10, 0, 0, 0, 0, 0, 0, 0], '{"\xff":null}'), 'BAD_FORMAT', /UTF-8/],
    [
      'metadata that is no text',
      safetensors({ __metadata__: { a: 1 } }),
      'BAD_FORMAT',
      /"a" is not a string/,
    ],
    ['metadata that is a list', safetensors({ __metadata__: [] }), 'BAD_FORMAT', /not an object/],
    ['a tensor that is null', safetensors({ a: null }), 'BAD_FORMAT', /"a" is not an object/],
    ['an unknown dtype', one('F8_E4M3', [1], [0, 1], [0]), 'BAD_FORMAT', /F8_E4M3/],
    ['a dtype from the prototype', one('toString', [1], [0, 1], [0]), 'BAD_FORMAT', /toString/],
    ['a dtype that is no string', one(3, [1], [0, 1], [0]), 'BAD_FORMAT', /dtype 3/],
    ['an unknown field', safetensors({ a: { ...entry('U8', [1], 0, 1), x: 1 } }, [0]), 'BAD_FORMAT', /"x"/],
    ['a negative size', one('U8', [-1, -1], [0, 1], [0]), 'BAD_FORMAT', /shape/],
    ['a fractional size', one('U8', [0.5, 2], [0, 1], [0]), 'BAD_FORMAT', /shape/],
    ['a size beyond all numbers', one('U8', [2 ** 53 - 1, 2], [0, 1], [0]), 'BAD_FORMAT', /span 1 bytes/],
    ['offsets backwards', one('U8', [1], [1, 0]), 'BAD_FORMAT', /data_offsets/],
    ['one offset', one('U8', [1], [0], [0]), 'BAD_FORMAT', /data_offsets/],
    ['offsets of another size', one('F32', [1], [0, 8], new Array(8).fill(0)), 'BAD_FORMAT', /span 8 bytes/],
    ['data cut off', one('F32', [2], [0, 8], [0, 0, 0, 0]), 'TRUNCATED', /take 8 bytes, 4/],
    ['data left over', one('U8', [1], [0, 1], [0, 0]), 'BAD_FORMAT', /1 more follow/],
    ['a gap at the start', one('U8', [1], [1, 2], [0, 0]), 'BAD_FORMAT', /gap/],
    [
      'a gap',
      safetensors({ a: entry('U8', [1], 0, 1), b: entry('U8', [1], 2, 3) }, [0, 0, 0]),
      'BAD_FORMAT',
      /"b" leaves a gap/,
    ],
    [
      'an overlap',
      safetensors({ a: entry('U8', [2], 0, 2), b: entry('U8', [2], 1, 3) }, [0, 0, 0]),
      'BAD_FORMAT',
      /"b" overlaps/,
    ],
    [
      'shared data',
      safetensors({ a: entry('U8', [1], 0, 1), b: entry('U8', [1], 0, 1) }, [0]),
      'BAD_FORMAT',
      /overlaps/,
    ],
    [
      'a name twice',
      safetensors(
        `{"a":${JSON.stringify(entry('U8', [1], 0, 1))},"a":${JSON.stringify(entry('U8', [1], 0, 1))}}`,
        [0],
      ),
      'BAD_FORMAT',
      /twice/,
    ],
    [
      'a field twice',
      safetensors('{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', [0]),
      'BAD_FORMAT',
      /twice/,
    ],
    ['a bool of 2', one('BOOL', [1], [0, 1], [2]), 'BAD_FORMAT', /bool/],
    ['a header of brackets only', safetensors(`{"a":${'['.repeat(50_000)}`), 'BAD_FORMAT', /JSON/],
  ])('%s', (_, bytes, code, message) => {
    const error = failure(() => readSafetensors(bytes));
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });
});

describe('writeSafetensors', () => {
  test('a file known byte by byte', () => {
    const header =
      '{"__metadata__":{"k":"v"},"b":{"dtype":"I16","shape":[1],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}';
    expect(
      writeSafetensors(
        {
          a: { shape: [2], dtype: 'uint8', data: Uint8Array.of(7, 8) },
          b: { shape: [1], dtype: 'int16', data: Int16Array.of(-2) },
        },
        { k: 'v' },
      ),
    ).toEqual(file([136, 0, 0, 0, 0, 0, 0, 0], header.padEnd(136), [0xfe, 0xff, 7, 8]));
  });

  test('the order of properties does not matter', () => {
    const a: TensorData = { shape: [1], dtype: 'float32', data: Float32Array.of(1) };
    const b: TensorData = { shape: [1], dtype: 'float32', data: Float32Array.of(2) };
    expect(writeSafetensors({ a, b }, { x: '1', y: '2' })).toEqual(
      writeSafetensors({ b, a }, { y: '2', x: '1' }),
    );
  });

  test('refuses the reserved name, half characters, and metadata that is no text', () => {
    const a: TensorData = { shape: [], dtype: 'uint8', data: Uint8Array.of(1) };
    expect(failure(() => writeSafetensors({ __metadata__: a })).message).toMatch(/reserved/);
    expect(failure(() => writeSafetensors({ '\ud800': a })).code).toBe('BAD_INPUT');
    expect(failure(() => writeSafetensors({ a }, { n: 1 as never })).message).toMatch(/metadata n/);
    expect(failure(() => writeSafetensors({ a: { ...a, shape: [2] } })).message).toMatch(
      /tensor "a": shape \[2\]/,
    );
  });
});
