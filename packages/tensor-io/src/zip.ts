import { RobustaError } from '@robusta/core';
import { Cursor, latin1, utf8 } from './cursor.js';

/** A file in a zip archive. */
export interface ZipEntry {
  name: string;
  /** What the archive holds of it: the file itself where `stored`, else its DEFLATE stream. A view. */
  data: Uint8Array;
  stored: boolean;
  /** Length of the file, as declared. */
  size: number;
  crc32: number;
}

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const MAX_COMMENT = 0xffff;
const ENCRYPTED = 1;
const UTF8_NAME = 1 << 11;

function bad(problem: string, hint?: string): RobustaError {
  return new RobustaError('BAD_FORMAT', `zip archive: ${problem}`, hint === undefined ? {} : { hint });
}

/** Whether bytes begin like an archive; a file that does not is never searched for one. */
export function isZip(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const signature = new Cursor(bytes).uint32();
  return signature === LOCAL_HEADER || signature === DIRECTORY_END;
}

/**
 * Reads the directory of a zip archive (ZIP64 too). Every size and place is checked: entries must lie one beside the
 * other inside the file, agree with their local headers, and have distinct names that stay inside a folder.
 * @returns the entries in the order of the directory, nothing copied or inflated
 * @throws TRUNCATED where the directory, which is at the end, is missing
 * @throws BAD_FORMAT for anything else
 */
export function readZip(bytes: Uint8Array): ZipEntry[] {
  const { start, end, count } = directory(bytes);
  // The shortest entry takes 46 bytes.
  if (start > end || count > (end - start) / 46) throw bad(`its directory cannot hold ${count} entries`);
  const cursor = new Cursor(bytes.subarray(0, end), start);
  const entries: { entry: ZipEntry; from: number; to: number }[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const located = readEntry(cursor, bytes, start);
    const { name } = located.entry;
    if (names.has(name)) throw bad(`${JSON.stringify(name)} occurs twice`);
    names.add(name);
    entries.push(located);
  }
  if (cursor.left > 0) throw bad('its directory is longer than its entries');
  const placed = [...entries].sort((a, b) => a.from - b.from);
  for (let i = 1; i < placed.length; i++) {
    if (placed[i]!.from < placed[i - 1]!.to)
      throw bad(`${JSON.stringify(placed[i]!.entry.name)} overlaps another`);
  }
  return entries.map(({ entry }) => entry);
}

/** Finds the directory from the record at the very end. */
function directory(bytes: Uint8Array): { start: number; end: number; count: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) !== DIRECTORY_END) continue;
    if (at + 22 + view.getUint16(at + 20, true) !== bytes.length) continue;
    const locator = at - 20;
    if (locator >= 0 && view.getUint32(locator, true) === ZIP64_LOCATOR) return zip64(bytes, locator);
    if (view.getUint32(at + 4, true) !== 0) throw bad('it is one part of several');
    const start = view.getUint32(at + 16, true);
    const size = view.getUint32(at + 12, true);
    if (start + size !== at) throw bad('its directory does not end where the record of it begins');
    return { start, end: at, count: view.getUint16(at + 10, true) };
  }
  throw new RobustaError('TRUNCATED', 'zip archive: the directory at its end is missing', {
    hint: 'the file was cut: fetch or copy it again',
  });
}

function zip64(bytes: Uint8Array, locator: number): { start: number; end: number; count: number } {
  const pointer = new Cursor(bytes, locator + 8);
  const at = pointer.uint64();
  if (at + 56 > locator) throw bad('its ZIP64 record lies outside');
  const cursor = new Cursor(bytes, at);
  if (cursor.uint32() !== ZIP64_END) throw bad('its ZIP64 record is missing');
  cursor.take(28);
  const count = cursor.uint64();
  const size = cursor.uint64();
  const start = cursor.uint64();
  if (start + size !== at) throw bad('its directory does not end where the record of it begins');
  return { start, end: at, count };
}

function readEntry(
  cursor: Cursor,
  bytes: Uint8Array,
  directoryStart: number,
): { entry: ZipEntry; from: number; to: number } {
  if (cursor.left < 46 || cursor.uint32() !== DIRECTORY_ENTRY) throw bad('its directory is damaged');
  cursor.take(4);
  const flags = cursor.uint16();
  const method = cursor.uint16();
  cursor.take(4);
  const crc32 = cursor.uint32();
  const packed = cursor.uint32();
  const unpacked = cursor.uint32();
  const nameLength = cursor.uint16();
  const extraLength = cursor.uint16();
  const commentLength = cursor.uint16();
  cursor.take(8);
  const offset = cursor.uint32();
  if (nameLength + extraLength + commentLength > cursor.left) throw bad('its directory is damaged');
  const nameBytes = cursor.take(nameLength);
  const name = flags & UTF8_NAME ? utf8(nameBytes) : latin1(nameBytes);
  const [size, packedSize, from] = widen([unpacked, packed, offset], cursor.take(extraLength));
  cursor.take(commentLength);

  const where = JSON.stringify(name);
  if (/^\/|\\|^[a-zA-Z]:|(^|\/)\.\.(\/|$)/.test(name) || name.includes('\0') || name === '') {
    throw bad(`the name ${where} leads out of the archive`);
  }
  if (flags & ENCRYPTED) throw bad(`${where} is encrypted`);
  if (method !== 0 && method !== 8)
    throw bad(`${where} is compressed with method ${method}, only DEFLATE is known`);
  if (method === 0 && size !== packedSize) throw bad(`${where} is stored, and yet has two sizes`);
  const begin = dataStart(bytes, from!, nameBytes, directoryStart, where);
  const to = begin + packedSize!;
  if (to > directoryStart)
    throw bad(`${where} takes ${packedSize} bytes, more than there are before the directory`);
  const entry = { name, data: bytes.subarray(begin, to), stored: method === 0, size: size!, crc32 };
  return { entry, from: from!, to };
}

/** Where the data of an entry begins: behind its local header, which must bear the same name. */
function dataStart(
  bytes: Uint8Array,
  from: number,
  name: Uint8Array,
  directoryStart: number,
  where: string,
): number {
  if (from + 30 + name.length > directoryStart) throw bad(`${where} begins outside the archive`);
  const cursor = new Cursor(bytes, from);
  const signature = cursor.uint32();
  cursor.take(22);
  const nameLength = cursor.uint16();
  const extraLength = cursor.uint16();
  const same = nameLength === name.length && cursor.take(nameLength).every((byte, i) => byte === name[i]);
  if (signature !== LOCAL_HEADER || !same) throw bad(`${where} does not begin where the directory says`);
  return cursor.at + extraLength;
}

/** Sizes of 0xffffffff stand in the ZIP64 field among the extra ones, in the order of `values`. */
function widen(values: number[], extra: Uint8Array): number[] {
  if (!values.includes(0xffffffff)) return values;
  const cursor = new Cursor(extra);
  while (cursor.left >= 4) {
    const id = cursor.uint16();
    const field = new Cursor(cursor.take(Math.min(cursor.uint16(), cursor.left)));
    if (id !== 1) continue;
    return values.map((value) => {
      if (value !== 0xffffffff) return value;
      if (field.left < 8) throw bad('a ZIP64 field is too short');
      return field.uint64();
    });
  }
  return values;
}
