import { zipSync } from 'fflate';
import { readNpz, type TensorData, writeNpy } from '../src/index.js';
import { failure, file } from './fixtures.js';
import { python } from './pth-fixtures.js';

const array: TensorData = { shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, 6) };
const flags: TensorData = { shape: [3], dtype: 'bool', data: Uint8Array.of(1, 0, 1) };
const members = { 'array.npy': writeNpy(array), 'flags.npy': writeNpy(flags) };
const stored = zipSync(members, { level: 0 });

/** A copy with the bytes of one place replaced. */
function edited(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(values, at);
  return copy;
}

/** Where the directory entry of a file without comment begins; `index` counts from 0. */
function directoryEntry(bytes: Uint8Array, index: number): number {
  let at = -1;
  for (let i = 0; i <= index; i++) at = Buffer.from(bytes).indexOf('PK\x01\x02', at + 1, 'latin1');
  return at;
}

test.each(['savez', 'savez_compressed'])('what np.%s writes', (name) => {
  const { features, labels, big, columns, ...others } = readNpz(python(name));
  expect(features).toEqual({ shape: [2, 3], dtype: 'float32', data: Float32Array.of(0, 1, 2, 3, 4, 5) });
  expect(labels).toEqual({ shape: [3], dtype: 'bool', data: Uint8Array.of(1, 0, 1) });
  expect(big).toEqual({ shape: [1, 2], dtype: 'float64', data: Float64Array.of(1.5, -2) });
  expect(columns).toEqual({ shape: [2, 3], dtype: 'int16', data: Int16Array.of(0, 1, 2, 3, 4, 5) });
  if (name === 'savez') expect(others).toEqual({});
  else
    expect(others).toEqual({
      zeros: { shape: [100, 100], dtype: 'float32', data: new Float32Array(10_000) },
    });
});

test('an archive of no arrays', () => expect(readNpz(python('savez_nothing'))).toEqual({}));

test('an array of more pieces than one, compressed and not', () => {
  const data = Float64Array.from({ length: 20_000 }, (_, i) => Math.sin(i));
  const big: TensorData = { shape: [20_000], dtype: 'float64', data };
  for (const level of [0, 1] as const) {
    expect(readNpz(zipSync({ 'big.npy': writeNpy(big) }, { level })).big).toEqual(big);
  }
});

test('stored arrays are views of the file where aligned', () => {
  const original = zipSync({ 'b.npy': members['flags.npy'] }, { level: 0 });
  expect(readNpz(original).b!.data.buffer).toBe(original.buffer);
});

test('names that are properties of every object', () => {
  const read = readNpz(zipSync(Object.fromEntries([['__proto__.npy', members['flags.npy']]]), { level: 0 }));
  expect(Object.keys(read)).toEqual(['__proto__']);
});

test('a comment at the end, and ZIP64 records', () => {
  const end = stored.length - 22;
  expect(Object.keys(readNpz(file([...edited(stored, stored.length - 2, 3)], 'PK!')))).toEqual([
    'array',
    'flags',
  ]);
  const view = new DataView(stored.buffer, stored.byteOffset);
  const record = new DataView(new ArrayBuffer(76));
  record.setUint32(0, 0x06064b50, true);
  record.setUint32(4, 44, true);
  for (const at of [24, 32]) record.setUint32(at, view.getUint16(end + 10, true), true);
  record.setUint32(40, view.getUint32(end + 12, true), true);
  record.setUint32(48, view.getUint32(end + 16, true), true);
  record.setUint32(56, 0x07064b50, true);
  record.setUint32(64, end, true);
  const zip64 = file(
    [...stored.subarray(0, end)],
    [...new Uint8Array(record.buffer)],
    [...stored.subarray(end)],
  );
  zip64.fill(255, zip64.length - 14, zip64.length - 2);
  expect(readNpz(zip64)).toEqual(readNpz(stored));
});

test('ZIP64 sizes of an entry', () => {
  const one = zipSync({ 'f.npy': members['flags.npy'] }, { level: 0 });
  const at = directoryEntry(one, 0);
  const size = members['flags.npy'].length;
  const extra = [1, 0, 16, 0, size, 0, 0, 0, 0, 0, 0, 0, size, 0, 0, 0, 0, 0, 0, 0];
  const grown = file(
    [...edited(one.subarray(0, one.length - 22), at + 20, ...new Array(8).fill(255))],
    extra,
    [...one.subarray(one.length - 22)],
  );
  grown[at + 30] = extra.length;
  grown[grown.length - 10]! += extra.length;
  expect(readNpz(grown).f).toEqual(flags);
});

describe('refused', () => {
  const first = directoryEntry(stored, 0);
  const second = directoryEntry(stored, 1);
  const npy = members['array.npy'];

  test.each<[string, Uint8Array, string, RegExp]>([
    ['no bytes', new Uint8Array(), 'TRUNCATED', /empty/],
    ['an .npy file', npy, 'BAD_FORMAT', /not an .npz file/],
    ['a cut file', stored.subarray(0, -1), 'TRUNCATED', /directory at its end is missing/],
    ['a member that is no array', zipSync({ 'read.me': npy }), 'BAD_FORMAT', /"read.me" is no .npy file/],
    [
      'a member that is a broken array',
      zipSync({ 'a.npy': npy.subarray(0, -1) }),
      'TRUNCATED',
      /"a.npy": .npy file/,
    ],
    ['a name that leads out', zipSync({ '../a.npy': npy }), 'BAD_FORMAT', /leads out of the archive/],
    ['an absolute name', zipSync({ '/a.npy': npy }), 'BAD_FORMAT', /leads out of the archive/],
    ['a changed byte', edited(stored, 30 + 9 + 140, 99), 'BAD_FORMAT', /checksum/],
    ['an encrypted member', edited(stored, first + 8, 1), 'BAD_FORMAT', /encrypted/],
    ['another compression', edited(stored, first + 10, 93), 'BAD_FORMAT', /method 93/],
    ['two sizes of a stored member', edited(stored, first + 24, 1), 'BAD_FORMAT', /two sizes/],
    [
      'a size beyond the file',
      edited(stored, first + 20, 0, 0, 0, 9, 0, 0, 0, 9),
      'BAD_FORMAT',
      /more than there are/,
    ],
    ['another local name', edited(stored, 30, 0x62), 'BAD_FORMAT', /does not begin where/],
    ['a place outside', edited(stored, first + 45, 0x70), 'BAD_FORMAT', /begins outside/],
    [
      'one place for two members',
      edited(stored, second + 42, 0, 0, 0, 0),
      'BAD_FORMAT',
      /does not begin where/,
    ],
    [
      'a member inside another',
      edited(stored, first + 20, 255, 0, 0, 0, 255, 0, 0, 0),
      'BAD_FORMAT',
      /overlaps another/,
    ],
    ['more members than there are', edited(stored, stored.length - 12, 3), 'BAD_FORMAT', /directory/],
    ['a count without limit', edited(stored, stored.length - 12, 255, 255), 'BAD_FORMAT', /cannot hold/],
    [
      'fewer members than there are',
      edited(stored, stored.length - 12, 1),
      'BAD_FORMAT',
      /longer than its entries/,
    ],
    ['a directory elsewhere', edited(stored, stored.length - 6, 0), 'BAD_FORMAT', /does not end where/],
    ['one part of several', edited(stored, stored.length - 18, 1), 'BAD_FORMAT', /one part of several/],
  ])('%s', (_, bytes, code, message) => {
    const error = failure(() => readNpz(bytes));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test('a name that occurs twice', () => {
    const twice = zipSync({ 'a.npy': npy, 'b.npy': npy }, { level: 0 });
    const same = Uint8Array.from(twice, (byte, i) => (byte === 0x62 && twice[i + 1] === 0x2e ? 0x61 : byte));
    expect(failure(() => readNpz(same)).message).toMatch(/"a.npy" occurs twice/);
  });

  test('more than the limit when inflated', () => {
    const zeros = zipSync({
      'z.npy': writeNpy({ shape: [1000], dtype: 'uint8', data: new Uint8Array(1000) }),
    });
    expect(readNpz(zeros, { maxInflatedBytes: 1128 }).z!.shape).toEqual([1000]);
    expect(failure(() => readNpz(zeros, { maxInflatedBytes: 1127 })).code).toBe('BAD_INPUT');
    expect(failure(() => readNpz(zeros, { maxInflatedBytes: -1 })).code).toBe('BAD_OPTION');
  });

  test('streams that inflate to other sizes than declared, bombs among them', () => {
    const bomb = zipSync({ 'z.npy': new Uint8Array(50 << 20) }, { level: 1 });
    const at = directoryEntry(bomb, 0) + 24;
    const before = process.memoryUsage().arrayBuffers;
    expect(failure(() => readNpz(edited(bomb, at, 200, 0, 0, 0))).message).toMatch(/more than 200 bytes/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40e6);
    const short = zipSync({ 'z.npy': new Uint8Array(2000) });
    const where = directoryEntry(short, 0) + 24;
    expect(failure(() => readNpz(edited(short, where, 0xd1))).message).toMatch(/2000 bytes instead of 2001/);
    expect(failure(() => readNpz(edited(short, where + 3, 9))).message).toMatch(/cannot inflate to/);
    expect(failure(() => readNpz(edited(short, 30 + 5, 7))).message).toMatch(/no DEFLATE stream/);
  });
});
