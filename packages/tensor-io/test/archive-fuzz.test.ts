import { RobustaError } from '@robusta/core';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { readNpz, readPth, readPthObject, writeNpy } from '../src/index.js';
import { file } from './fixtures.js';
import {
  bytesOf,
  call,
  dict,
  global,
  int,
  ints,
  list,
  ordered,
  pthLegacy,
  pthZip,
  python,
  storage,
  tensor,
  text,
  tuple,
} from './pth-fixtures.js';

const six = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));
const object = dict({
  epoch: int(3),
  w: tensor(storage('Float', '0', 6), 0, [3, 2], [1, 3]),
  half: tensor(storage('Half', '1', 3), 1, [2], [1]),
  more: list(tuple(text('x')), ordered()),
});
const halves = bytesOf(Uint16Array.of(0, 0x3800, 0xc000));
const storages = [
  { key: '0', count: 6, bytes: six },
  { key: '1', count: 3, bytes: halves },
];
const archive = {
  'a.npy': writeNpy({ shape: [2, 3], dtype: 'float32', data: Float32Array.of(0, 1, 2, 3, 4, 5) }),
};
const checkpoints = [pthZip(object, { 0: six, 1: halves }), pthLegacy(object, storages)];
const pickles = [0, 1, 2, 3, 4, 5].map((protocol) => python(`pickle${protocol}`));
const archives = [zipSync(archive, { level: 0 }), zipSync(archive), python('savez_compressed')];

function both(bytes: Uint8Array): void {
  readPthObject(bytes);
  readPth(bytes);
}

/** Whether bytes are read; anything but a typed error is a failure. Allocation is checked with it. */
function survives(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown): boolean {
  const before = process.memoryUsage().arrayBuffers;
  try {
    read(bytes);
    return true;
  } catch (error) {
    if (!RobustaError.isInstance(error)) throw error;
    expect(['BAD_FORMAT', 'TRUNCATED', 'EMPTY_INPUT', 'BAD_INPUT']).toContain(error.code);
    return false;
  } finally {
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64e6);
  }
}

const flips = fc.array(
  fc.record({
    at: fc.nat(),
    // Opcodes, digits and large sizes are likelier to lead somewhere than any byte.
    to: fc.oneof(
      fc.nat(255),
      fc.constantFrom(...Array.from('(])}tqhRbQsuae.0X\x85\x8a', (c) => c.charCodeAt(0)), 0, 0x7f, 0xff),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

test.each([
  ['checkpoints', checkpoints, both],
  ['pickles alone', pickles, both],
  ['archives', archives, readNpz],
])('%s with changed bytes give a typed error or are read', (_, files, read) => {
  for (const original of files) expect(survives(original, read)).toBe(true);
  fc.assert(
    fc.property(fc.constantFrom(...files), flips, (original, changes) => {
      const bytes = Uint8Array.from(original);
      for (const { at, to } of changes) bytes[at % bytes.length] = to;
      survives(bytes, read);
    }),
    { numRuns: 600 },
  );
});

test.each([
  ['checkpoints', checkpoints, both],
  ['pickles alone', pickles, both],
  ['archives', archives, readNpz],
])('%s cut anywhere give a typed error', (_, files, read) => {
  for (const original of files) {
    for (let length = 0; length < original.length; length++) {
      if (survives(original.subarray(0, length), read)) throw new Error(`${length} bytes were read`);
    }
  }
});

test('pickles of opcodes in any order', () => {
  const store = storage('Float', '0', 6);
  const pieces = fc.constantFrom(
    ...Array.from('(0123N]})tedlsuaRbQo.\x81\x85\x86\x87\x88\x89\x8f\x90\x93\x94'),
    ...[
      'q\x01',
      'h\x01',
      'K\x02',
      int(-1),
      int(2 ** 31 - 1),
      '\x8a\x09\0\0\0\0\0\0\0\0\x01',
      'G?\xf0\0\0\0\0\0\0',
    ],
    ...[text('storage'), text('0'), text('f4'), text('latin1'), 'U\x02ab', 'C\x02ab', 'X\xff\xff\xff\x7f'],
    ...['_rebuild_tensor_v2', '_rebuild_tensor_v3', '_rebuild_parameter'].map((name) =>
      global('torch._utils', name),
    ),
    ...['FloatStorage', 'float32'].map((name) => global('torch', name)),
    ...[
      global('collections', 'OrderedDict'),
      global('numpy', 'dtype'),
      global('numpy', 'ndarray'),
      global('_codecs', 'encode'),
    ],
    ...[global('numpy.core.multiarray', '_reconstruct'), global('numpy.core.multiarray', 'scalar')],
    ...[ordered(), ints([2, 3]), ints([3, 1]), ints([0]), store, tensor(store, 0, [6], [1])],
    ...[
      call('numpy', 'dtype', text('f4'), '\x89', '\x88'),
      tuple(int(3), text('<'), 'NNN', int(-1), int(-1), int(0)),
    ],
    ...[dict({ w: store }), dict({ _metadata: 'N' })],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      survives(pthZip(parts.join(''), { 0: six }), both);
    }),
    { numRuns: 1500 },
  );
});

test('random bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => !survives(bytes, readNpz)));
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      (bytes) => !survives(file('\x80\x02', [...bytes]), readPth),
    ),
  );
});
