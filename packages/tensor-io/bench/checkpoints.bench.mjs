import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNpz, readPth, writeNpy } from '@robusta/tensor-io';
import { measure, record } from '@robusta/test-kit/bench';
import { zipSync } from 'fflate';

const COUNT = 50;
const [rows, columns] = [1024, 512]; // 50 float32 matrices: 105 MB, a ResNet-50
const elements = Float32Array.from({ length: rows * columns }, (_, i) => (i % 2001) / 1000 - 1);

// The pickle of { '0': tensor, ... }, as text of characters 0 to 255.
const uint32 = (n) => String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24);
const text = (s) => `X${uint32(s.length)}${s}`;
const int = (n) => `J${uint32(n)}`;
function pickle(type, strides) {
  const tensor = (key) =>
    `ctorch._utils\n_rebuild_tensor_v2\n((${text('storage')}ctorch\n${type}Storage\n${text(key)}${text('cpu')}` +
    `${int(rows * columns)}tQ${int(0)}(${int(rows)}${int(columns)}t(${strides.map(int).join('')}t\x89ccollections\nOrderedDict\n)RtR`;
  const items = Array.from({ length: COUNT }, (_, i) => text(`layer${i}.weight`) + tensor(String(i)));
  return Uint8Array.from(`\x80\x02}(${items.join('')}u.`, (c) => c.charCodeAt(0));
}

/** Storages begin at multiples of 64 bytes, as PyTorch pads them with an extra field. */
function checkpoint(type, strides, storage) {
  let at = 0;
  const entry = (name, content) => {
    const padding = (64 - ((at + 30 + name.length + 4) % 64)) % 64;
    at += 30 + name.length + 4 + padding + content.length;
    return [name, [content, { level: 0, extra: { 16966: new Uint8Array(padding) } }]];
  };
  const entries = [entry('archive/data.pkl', pickle(type, strides))];
  for (let i = 0; i < COUNT; i++) entries.push(entry(`archive/data/${i}`, storage));
  return zipSync(Object.fromEntries(entries));
}

/** The same in the format before PyTorch 1.6, whose storages lie at odd places. */
function legacy(type, strides, storage) {
  const chars = (value) => Uint8Array.from(`\x80\x02${value}.`, (c) => c.charCodeAt(0));
  const keys = Array.from({ length: COUNT }, (_, i) => text(String(i))).join('');
  const count = new Uint8Array(BigInt64Array.of(BigInt(rows * columns)).buffer);
  const storages = Array.from({ length: COUNT }, () => [count, storage]).flat();
  return Buffer.concat([
    chars('\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19'),
    chars('M\xe9\x03'),
    chars('}'),
    pickle(type, strides),
    chars(`](${keys}e`),
    ...storages,
  ]);
}

const folder = mkdtempSync(join(tmpdir(), 'robusta-bench-'));
const put = (value) => record({ package: '@robusta/tensor-io', ...value });
try {
  const source = join(folder, 'a.pth');
  const copy = join(folder, 'b.pth');
  const plain = checkpoint('Float', [columns, 1], new Uint8Array(elements.buffer));
  writeFileSync(source, plain);
  const rate = (bytes, milliseconds) => ({ value: bytes.length / 1000 / milliseconds, unit: 'MB/s' });

  const copying = await measure(() => copyFileSync(source, copy));
  put({ name: 'copy a checkpoint of 105 MB as a file', ...rate(plain, copying) });
  const loading = await measure(() => readFileSync(source));
  put({
    name: 'read its bytes',
    ...rate(plain, loading),
    peer: 'the speed of the copy',
    ratio: copying / loading,
  });
  const reading = await measure(() => readPth(readFileSync(source)));
  put({
    name: 'read its bytes and tensors',
    ...rate(plain, reading),
    peer: 'the speed of reading the bytes',
    ratio: loading / reading,
  });
  const views = await measure(() => readPth(plain));
  put({ name: 'readPth, 50 tensors as views', value: views, unit: 'ms' });

  const transposed = checkpoint('Float', [1, rows], new Uint8Array(elements.buffer));
  put({ name: 'readPth, transposed', ...rate(transposed, await measure(() => readPth(transposed))) });
  const half = checkpoint('Half', [columns, 1], new Uint8Array(rows * columns * 2).fill(0x38));
  put({ name: 'readPth, float16', ...rate(half, await measure(() => readPth(half))) });

  const file = async (name, bytes, options) => {
    writeFileSync(source, bytes);
    const value = await measure(() => readPth(readFileSync(source), options));
    put({
      name: `file of ${Math.round(bytes.length / 1e6)} MB, ${name}`,
      value,
      unit: 'ms',
      target: '< 500',
    });
  };
  await file('zip', plain);
  await file('old format', legacy('Float', [columns, 1], new Uint8Array(elements.buffer)), { consume: true });
  await file('zip, float16', half);
  await file(
    'old format, float16',
    legacy('Half', [columns, 1], new Uint8Array(rows * columns * 2).fill(0x38)),
    {
      consume: true,
    },
  );
  const memory = await measure(() => new Uint8Array(plain.length).fill(1));
  put({ name: 'fill new memory of 105 MB', value: memory, unit: 'ms' });

  const npy = writeNpy({
    shape: [rows * 10, columns],
    dtype: 'float32',
    data: Float32Array.from({ length: rows * 10 * columns }, (_, i) => Math.sin(i)),
  });
  const stored = zipSync({ 'a.npy': npy }, { level: 0 });
  const packed = zipSync({ 'a.npy': npy }, { level: 6 });
  put({ name: 'readNpz, not compressed', ...rate(npy, await measure(() => readNpz(stored))) });
  put({ name: 'readNpz, compressed', ...rate(npy, await measure(() => readNpz(packed))) });
} finally {
  rmSync(folder, { recursive: true });
}
