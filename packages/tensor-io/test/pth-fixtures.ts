import { readFileSync } from 'node:fs';
import { dict, list, pickle, text, uint32 } from '@robusta/test-kit/pth';
import { file } from './fixtures.js';

export * from '@robusta/test-kit/pth';

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
