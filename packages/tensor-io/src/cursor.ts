import { RobustaError } from '@robusta/core';

/** Reads forward through bytes; what lies beyond the end is a typed error before anything is made of it. */
export class Cursor {
  readonly bytes: Uint8Array;
  /** Position of the next byte. */
  at: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Steps over `count` bytes and returns where they begin. */
  #step(count: number): number {
    if (count > this.left) {
      throw new RobustaError('TRUNCATED', `${count} bytes are needed, ${this.left} are left`);
    }
    const start = this.at;
    this.at += count;
    return start;
  }

  /** A view of the next `count` bytes. */
  take(count: number): Uint8Array {
    const start = this.#step(count);
    return this.bytes.subarray(start, start + count);
  }

  uint8(): number {
    return this.bytes[this.#step(1)]!;
  }

  uint16(): number {
    return this.#view.getUint16(this.#step(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#step(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#step(4), true);
  }

  /** An unsigned 64-bit integer; beyond 2^53 rounded, which is larger than any file either way. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#step(8), true));
  }

  /** Big-endian, as pickles store floats. */
  float64BigEndian(): number {
    return this.#view.getFloat64(this.#step(8), false);
  }

  /** The bytes before the next line feed, as characters 0 to 255; at most `limit` of them. */
  line(limit: number): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new RobustaError('TRUNCATED', 'a line has no end');
    if (end - this.at > limit) throw new RobustaError('BAD_FORMAT', `a line is longer than ${limit} bytes`);
    const text = latin1(this.take(end - this.at));
    this.at++;
    return text;
  }
}

/** Bytes as the characters 0 to 255. TextDecoder's latin1 is windows-1252, another encoding. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 4096) {
    text += String.fromCharCode(...bytes.subarray(start, start + 4096));
  }
  return text;
}

/** @throws BAD_FORMAT unless the bytes are UTF-8 */
export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new RobustaError('BAD_FORMAT', 'text is not valid UTF-8', { cause });
  }
}
