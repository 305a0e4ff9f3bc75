import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { file } from './fixtures.js';

/** Pickles are put together here as text, a byte a character. */
const uint32 = (n: number) => String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255);

export const MARK = '(';
export const NONE = 'N';
export const global = (module: string, name: string) => `c${module}\n${name}\n`;
export const int = (n: number) => `J${uint32(n)}`;
export const text = (s: string) => `X${uint32(s.length)}${s}`;
export const tuple = (...items: string[]) => `(${items.join('')}t`;
export const ints = (numbers: readonly number[]) => tuple(...numbers.map(int));
export const list = (...items: string[]) => `](${items.join('')}e`;
export const dict = (entries: Record<string, string>) =>
  `}(${Object.entries(entries)
    .map(([key, value]) => text(key) + value)
    .join('')}u`;
export const call = (module: string, name: string, ...args: string[]) =>
  `${global(module, name)}${tuple(...args)}R`;
export const ordered = () => call('collections', 'OrderedDict');
export const pickle = (value: string) => `\x80\x02${value}.`;

/** A storage of `torch.<type>Storage`, as pickles name it. */
export const storage = (type: string, key: string, count: number, ...view: string[]) =>
  `${tuple(text('storage'), global('torch', `${type}Storage`), text(key), text('cpu'), int(count), ...view)}Q`;

export const tensor = (of: string, offset: number, shape: readonly number[], stride: readonly number[]) =>
  call('torch._utils', '_rebuild_tensor_v2', of, int(offset), ints(shape), ints(stride), '\x89', ordered());

/** A file of the zip format. */
export function pthZip(
  object: string,
  storages: Record<string, Uint8Array> = {},
  extra: Record<string, Uint8Array> = {},
): Uint8Array {
  const entries: Record<string, Uint8Array> = { 'a/data.pkl': file(pickle(object)) };
  for (const [key, bytes] of Object.entries(storages)) entries[`a/data/${key}`] = bytes;
  return zipSync({ ...entries, ...extra }, { level: 0 });
}

/** A file of the format before PyTorch 1.6; `count` is what stands before each storage. */
export function pthLegacy(
  object: string,
  storages: { key: string; count: number; bytes: Uint8Array }[] = [],
) {
  return file(
    pickle('\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19'),
    pickle('M\xe9\x03'),
    pickle(dict({ little_endian: '\x88' })),
    pickle(object),
    pickle(list(...storages.map(({ key }) => text(key)))),
    ...storages.flatMap(({ count, bytes }) => [
      [...uint32(count), ...'\0\0\0\0'].map((c) => c.charCodeAt(0)),
      [...bytes],
    ]),
  );
}

/** The bytes of typed arrays. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A file that Python wrote, see fixtures/make.py. */
export function python(name: string): Uint8Array {
  const all = JSON.parse(readFileSync(new URL('./fixtures/python.json', import.meta.url), 'utf8'));
  return Uint8Array.from(Buffer.from(all[name], 'base64'));
}
