import fc from 'fast-check';
import { type PthValue, readPth, readPthObject } from '../src/index.js';
import { failure, file } from './fixtures.js';
import {
  bytesOf,
  call,
  dict,
  global,
  int,
  ints,
  list,
  ordered,
  pickle,
  pthLegacy,
  pthZip,
  python,
  storage,
  tensor,
  text,
  tuple,
} from './pth-fixtures.js';

const six = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));
const plain = tensor(storage('Float', '0', 6), 0, [2, 3], [3, 1]);

test.each([
  ['Float', 'float32', Float32Array.of(1.5, -2)],
  ['Double', 'float64', Float64Array.of(0.1, -2)],
  ['Long', 'int64', BigInt64Array.of(-1n, 2n ** 62n)],
  ['Int', 'int32', Int32Array.of(-1, 2 ** 31 - 1)],
  ['Short', 'int16', Int16Array.of(-1, 32767)],
  ['Char', 'int8', Int8Array.of(-1, 127)],
  ['Byte', 'uint8', Uint8Array.of(0, 255)],
  ['Bool', 'bool', Uint8Array.of(0, 1)],
])('%sStorage is %s, in both formats and on any device', (type, dtype, data) => {
  const object = dict({ w: tensor(storage(type, '0', 2), 0, [2], [1]) });
  const bytes = bytesOf(data);
  const expected = { w: { shape: [2], dtype, data } };
  expect(readPth(pthZip(object, { 0: bytes }))).toEqual(expected);
  expect(readPth(pthLegacy(object, [{ key: '0', count: 2, bytes }]))).toEqual(expected);
  const cuda = object.replace('ctorch\n', 'ctorch.cuda\n').replace('X\x03\0\0\0cpu', 'X\x06\0\0\0cuda:0');
  expect(readPth(pthZip(cuda, { 0: bytes }))).toEqual(expected);
});

test('consume moves what lies at odd places in the old format; without it the file is not touched', () => {
  const doubles = bytesOf(Float64Array.of(0.1, -2));
  const bytes16 = bytesOf(Uint16Array.of(0x3800, 0xc000, 0x3c00));
  const object = dict({
    f: plain,
    h: tensor(storage('Half', '1', 3), 0, [3], [1]),
    d: tensor(storage('Double', '2', 2), 0, [2], [1]),
    b: tensor(storage('Byte', '3', 3), 0, [3], [1]),
  });
  const original = pthLegacy(object, [
    { key: '0', count: 6, bytes: six },
    { key: '1', count: 3, bytes: bytes16 },
    { key: '2', count: 2, bytes: doubles },
    { key: '3', count: 3, bytes: Uint8Array.of(7, 8, 9) },
  ]);
  const expected = readPth(original.slice());
  for (let offset = 0; offset < 8; offset++) {
    const memory = new Uint8Array(original.length + 8);
    const bytes = memory.subarray(offset, offset + original.length);
    bytes.set(original);
    expect(readPth(bytes)).toEqual(expected);
    expect(Buffer.compare(bytes, original)).toBe(0);
    const moved = readPth(bytes, { consume: true });
    expect(moved).toEqual(expected);
    for (const name of ['f', 'd', 'b']) expect(moved[name]!.data.buffer).toBe(memory.buffer);
  }
});

test.each([
  ['Half', 'float16', [0x3800, 0xc000]],
  ['BFloat16', 'bfloat16', [0x3f00, 0xc000]],
])('%sStorage is widened, the tensors of a storage together', (type, dtype, bits) => {
  const of = storage(type, '0', 2);
  const read = readPth(
    pthZip(dict({ all: tensor(of, 0, [2], [1]), last: tensor(of, 1, [1], [1]) }), {
      0: bytesOf(Uint16Array.from(bits)),
    }),
  );
  expect(read.all).toEqual({ shape: [2], dtype, data: Float32Array.of(0.5, -2) });
  expect(read.last).toEqual({ shape: [1], dtype, data: Float32Array.of(-2) });
  expect(read.last!.data.buffer).toBe(read.all!.data.buffer);
});

test('contiguous aligned tensors are views of the file', () => {
  const original = pthZip(dict({ a: plain, b: tensor(storage('Float', '0', 6), 3, [3], [1]) }), { 0: six });
  const at = Buffer.from(original).indexOf(six);
  const bytes = new Uint8Array(original.length + 4);
  const shift = (4 - (at % 4)) % 4;
  bytes.set(original, shift);
  const read = readPth(bytes.subarray(shift, shift + original.length));
  expect(read.a!.data.buffer).toBe(bytes.buffer);
  expect(read.b!.data.buffer).toBe(bytes.buffer);
  expect([...read.b!.data]).toEqual([3, 4, 5]);
  const off = (shift + 1) % 4;
  bytes.set(original, off);
  const copied = readPth(bytes.subarray(off, off + original.length));
  expect(copied.a!.data.buffer).not.toBe(bytes.buffer);
  expect([...copied.a!.data]).toEqual([0, 1, 2, 3, 4, 5]);
});

test('any sizes and strides give what their definition says', () => {
  const axes = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 20 })), {
    maxLength: 4,
  });
  // Permuted dense tensors too, which take other paths.
  const permuted = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain((sizes) =>
    fc
      .shuffledSubarray(
        sizes.map((_, i) => i),
        { minLength: sizes.length },
      )
      .map((order) => {
        const strides = sizes.map((_, i) => sizes.slice(i + 1).reduce((a, b) => a * b, 1));
        return order.map((axis): [number, number] => [sizes[axis]!, strides[axis]!]);
      }),
  );
  fc.assert(
    fc.property(fc.oneof(axes, permuted), fc.integer({ min: 0, max: 5 }), (pairs, offset) => {
      const shape = pairs.map(([size]) => size);
      const stride = pairs.map(([, step]) => step);
      const count = 300;
      const data = Int16Array.from({ length: count }, (_, i) => i);
      const read = readPth(
        pthZip(dict({ w: tensor(storage('Short', '0', count), offset, shape, stride) }), {
          0: bytesOf(data),
        }),
      );
      let expected = [offset];
      for (const [size, step] of pairs) {
        expected = expected.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * step));
      }
      expect(read.w!.shape).toEqual(shape);
      expect([...read.w!.data]).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('files of newer and older PyTorch: untyped storages, views of storages, versions of modules', () => {
  const untyped = storage('Float', '0', 12).replace('ctorch\nFloatStorage', 'ctorch.storage\nUntypedStorage');
  const v3 = call(
    'torch._utils',
    '_rebuild_tensor_v3',
    untyped,
    int(1),
    ints([2]),
    ints([2]),
    '\x89',
    ordered(),
    global('torch', 'uint16'),
  );
  expect(readPth(pthZip(dict({ w: v3 }), { 0: bytesOf(Uint16Array.of(9, 8, 7, 6, 5, 4)) }))).toEqual({
    w: { shape: [2], dtype: 'uint16', data: Uint16Array.of(8, 6) },
  });
  const view = storage('Float', '0', 6, tuple(text('1'), int(2), int(3)));
  const object = dict({ w: call('torch._utils', '_rebuild_tensor', view, int(1), ints([2]), ints([1])) });
  expect([...readPth(pthLegacy(object, [{ key: '0', count: 6, bytes: six }])).w!.data]).toEqual([3, 4]);
  const outside = object.replace(ints([2]), ints([3]));
  expect(failure(() => readPth(pthLegacy(outside, [{ key: '0', count: 6, bytes: six }]))).code).toBe(
    'BAD_FORMAT',
  );
  const versions = `${ordered()}(${text('w')}${plain}u${dict({ _metadata: ordered() })}b`;
  expect(Object.keys(readPth(pthZip(versions, { 0: six })))).toEqual(['w']);
});

test('byte order of the zip format', () => {
  const big = Uint8Array.from(six).reverse();
  const read = readPth(pthZip(dict({ w: plain }), { 0: big }, { 'archive/byteorder': file('big') }));
  expect([...read.w!.data]).toEqual([5, 4, 3, 2, 1, 0]);
  const odd = pthZip(dict({ w: plain }), { 0: six }, { 'archive/byteorder': file('middle') });
  expect(failure(() => readPth(odd)).message).toMatch(/byte order "middle"/);
});

test.each([0, 1, 2, 3, 4, 5])('pickle protocol %i of Python 3 with numpy inside', (protocol) => {
  const bytes = python(`pickle${protocol}`);
  const { array, big, half, ...others } = readPth(bytes);
  expect(others).toEqual({});
  expect(array).toEqual({ shape: [2, 3], dtype: 'int16', data: Int16Array.of(0, 1, 2, 3, 4, 5) });
  expect(big).toEqual({ shape: [1, 2], dtype: 'float64', data: Float64Array.of(1.5, -2) });
  expect(half).toEqual({ shape: [2], dtype: 'float16', data: Float32Array.of(0.5, -2) });
  const all = readPthObject(bytes) as Map<unknown, unknown>;
  expect([...all.keys()]).toEqual(['array', 'big', 'half', 'values', 'best', 'step', 3]);
  expect(all.get('values')).toEqual([
    1,
    -2,
    300,
    70000,
    2 ** 40,
    -(2n ** 70n),
    0.25,
    Number.POSITIVE_INFINITY,
    true,
    false,
    null,
    'é✓',
    [1, [2]],
  ]);
  expect(all.get('best')).toBe(0.75);
  expect(all.get('step')).toBe(-3);
  expect(all.get(3)).toEqual(new Map([['b', Uint8Array.of(0, 255)]]));
});

test('strings of Python 2 in protocol 0', () => {
  const read = readPthObject(file("(dS'a\\x00\\n\\'\\\\'\nI01\nsS\"b\"\nL-12L\ns."));
  expect(read).toEqual(
    new Map<string, unknown>([
      ["a\0\n'\\", true],
      ['b', -12],
    ]),
  );
});

describe('names', () => {
  const bytes = pthZip(
    dict({
      epoch: int(3),
      net: dict({ 'module.w': plain }),
      optimizer: list(plain, tuple(plain)),
      __proto__: plain,
    }),
    { 0: six },
  );
  const object = dict(Object.fromEntries([['__proto__', plain]]));

  test('are paths', () => {
    expect(Object.keys(readPth(bytes))).toEqual(['net.module.w', 'optimizer.0', 'optimizer.1.0']);
    expect(Object.keys(readPth(pthZip(plain, { 0: six })))).toEqual(['']);
    const read = readPth(pthZip(object, { 0: six }));
    expect(Object.keys(read)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  test('can be chosen by their beginning', () => {
    expect(Object.keys(readPth(bytes, { prefix: 'net.module.' }))).toEqual(['w']);
    const none = failure(() => readPth(bytes, { prefix: 'model.' }));
    expect(none.code).toBe('EMPTY_INPUT');
    expect(none.hint).toContain('net.module.w');
    expect(failure(() => readPth(pthZip(int(1)))).code).toBe('EMPTY_INPUT');
    expect(failure(() => readPth(bytes, { Prefix: '' } as never)).code).toBe('BAD_OPTION');
    expect(failure(() => readPth('path' as never)).code).toBe('BAD_INPUT');
  });

  test('that two tensors share are refused, nesting is kept by readPthObject', () => {
    const twice = pthZip(dict({ 'a.b': plain, a: dict({ b: plain }) }), { 0: six });
    expect(failure(() => readPth(twice)).message).toMatch(/two tensors have the path "a.b"/);
    expect((readPthObject(twice) as Map<string, unknown>).size).toBe(2);
  });
});

describe('refused', () => {
  const rebuild = (...args: string[]) => call('torch._utils', '_rebuild_tensor_v2', ...args);
  const store = storage('Float', '0', 6);
  test.each<[string, string, RegExp]>([
    ['a global outside the list', global('builtins', 'eval'), /"builtins.eval" is refused/],
    ['a name split otherwise', global('torch._utils _rebuild_tensor', 'v2'), /is refused/],
    ['a property of every object', global('', 'constructor'), /is refused/],
    ['a call of a value', `${int(1)})R`, /no function/],
    ['a call of a class', `${global('torch', 'FloatStorage')})R`, /no function/],
    ['a call without a tuple', `${global('collections', 'OrderedDict')}]R`, /must be a tuple/],
    [
      'another class for _reconstruct',
      call(
        'numpy.core.multiarray',
        '_reconstruct',
        global('collections', 'OrderedDict'),
        ints([0]),
        text('b'),
      ),
      /plain numpy arrays/,
    ],
    ['an encoding', call('_codecs', 'encode', text('a'), text('rot13')), /latin1/],
    [
      'a state of a dictionary',
      `${ordered()}${dict({ __class__: global('numpy', 'ndarray') })}b`,
      /state that is not known/,
    ],
    ['a tensor without a storage', rebuild(int(0), int(0), ints([1]), ints([1])), /no storage/],
    ['a tensor as a storage', rebuild(plain, int(0), ints([1]), ints([1])), /no storage/],
    ['a list as a shape', rebuild(store, int(0), ']', ints([])), /must be a tuple/],
    [
      'too many axes',
      rebuild(store, int(0), ints(new Array(65).fill(1)), ints(new Array(65).fill(1))),
      /at most 64/,
    ],
    ['fewer strides than sizes', tensor(store, 0, [2, 3], [1]), /has 1 strides/],
    ['an end outside the storage', tensor(store, 1, [2, 3], [3, 1]), /outside its storage/],
    ['an empty tensor outside', tensor(store, 7, [0], [1]), /outside its storage/],
    ['a storage of two types', list(plain, storage('Int', '0', 6)), /two sizes or types/],
    ['a storage of two sizes', list(plain, storage('Float', '0', 5)), /two sizes or types/],
    [
      'another persistent name',
      `${tuple(text('module'), int(1), text('0'), text('cpu'), int(1))}Q`,
      /only storages/,
    ],
    ['a list as a key', `}]${int(1)}s`, /neither text nor a number/],
    ['a key without a value', `}(${text('a')}u`, /without a value/],
    ['an item for a list', `]${int(1)}${int(1)}s`, /only a dictionary/],
    ['a tuple that grows', `)${int(1)}a`, /only a list/],
    ['two values', `${int(1)}${int(1)}`, /left on the stack/],
    ['a mark left open', '((N', /left on the stack/],
    ['the opcode NEWOBJ', `${global('collections', 'OrderedDict')})\x81`, /NEWOBJ is refused/],
    [
      'an array never filled',
      list(
        plain,
        call('numpy.core.multiarray', '_reconstruct', global('numpy', 'ndarray'), ints([0]), text('b')),
      ),
      /never filled/,
    ],
    ['a list inside itself', `]q\x01(${plain}h\x01e`, /nested more than 100 deep/],
    ['an integer of 200 bytes', `\x8a\xc8${'\x01'.repeat(200)}`, /longer than 32 bytes/],
    ['text that is no UTF-8', 'X\x01\0\0\0\xff', /UTF-8/],
  ])('%s', (_, object, message) => {
    for (const bytes of [
      pthZip(object, { 0: six }),
      pthLegacy(object, [{ key: '0', count: 6, bytes: six }]),
    ]) {
      const error = failure(() => readPth(bytes));
      expect(error.code).toBe('BAD_FORMAT');
      expect(error.message).toMatch(message);
    }
  });

  test('classes left over, by readPthObject', () => {
    expect(failure(() => readPthObject(pthZip(list(global('numpy', 'ndarray'))))).message).toMatch(
      /a class or a storage/,
    );
  });

  test('many copies of one storage, before they are made', () => {
    const count = 100_000;
    const copies = new Array(1000).fill(tensor('h\x01', 0, [2, count / 2], [1, 2]));
    const object = `${storage('Float', '0', count)}q\x010${list(...copies)}`;
    const error = failure(() => readPth(pthZip(object, { 0: new Uint8Array(4 * count) })));
    expect(error.message).toMatch(/times as large as the file/);
  });

  test('paths without end, by readPth; readPthObject converts what is shared once', () => {
    const levels = Array.from(
      { length: 40 },
      (_, i) => `q${String.fromCharCode(i)}0](${`h${String.fromCharCode(i)}`.repeat(2)}e`,
    );
    const bytes = pthZip(plain + levels.join(''), { 0: six });
    expect(failure(() => readPth(bytes)).message).toMatch(/names of the tensors are too long together/);
    let value = readPthObject(bytes);
    for (const _ of levels) value = (value as PthValue[])[1]!;
    expect(value).toMatchObject({ shape: [2, 3] });
  });

  test('endless work', () => {
    expect(failure(() => readPth(file('\x80\x02', 'N0'.repeat(600_000), 'N.'))).message).toMatch(
      /operations/,
    );
    expect(failure(() => readPth(file('\x80\x02', '('.repeat(5000)))).message).toMatch(/nested/);
  });

  test('a bool that is neither 0 nor 1, with the name of the tensor', () => {
    const bytes = pthZip(dict({ mask: tensor(storage('Bool', '0', 1), 0, [1], [1]) }), {
      0: Uint8Array.of(2),
    });
    expect(failure(() => readPth(bytes)).message).toMatch(/tensor "mask": .*not 0 or 1/);
  });

  test('other kinds of files, with what to do', () => {
    const tar = new Uint8Array(1024);
    tar.set(file('ustar'), 257);
    expect(failure(() => readPth(tar)).message).toMatch(/tar archive/);
    const script = pthZip(dict({}), {}, { 'archive/constants.pkl': file(pickle(')')) });
    expect(failure(() => readPth(script)).message).toMatch(/TorchScript/);
    expect(failure(() => readPth(python('savez'))).hint).toMatch(/readNpz/);
    expect(failure(() => readPth(file('plain text'))).hint).toMatch(/no PyTorch checkpoint/);
  });

  test('bytes left over, counts that disagree, storages that nothing uses', () => {
    const object = dict({ w: plain });
    const ok = { key: '0', count: 6, bytes: six };
    const more = { key: '1', count: 6, bytes: six };
    const problem = (bytes: Uint8Array) => failure(() => readPth(bytes)).message;
    expect(problem(file([...pthLegacy(object, [ok])], [0]))).toMatch(/1 bytes follow the last storage/);
    expect(problem(pthLegacy(object, [{ ...ok, count: 5 }]))).toMatch(/has 5 elements, its tensors expect 6/);
    expect(problem(pthLegacy(object, [ok, more]))).toMatch(/needs 1 storages/);
    expect(problem(pthLegacy(object, [more]))).toMatch(/never used/);
    expect(problem(file(pickle(object)))).toMatch(/a pickle alone has no storages/);
    expect(problem(file(pickle('N'), [0]))).toMatch(/1 bytes follow the pickle/);
  });
});
