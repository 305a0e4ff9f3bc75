import { RobustaError } from '@robusta/core';

/** Far beyond any number in a checkpoint; making a BigInt of a longer one takes time. */
const MAX_INTEGER_BYTES = 32;

function bad(problem: string): RobustaError {
  return new RobustaError('BAD_FORMAT', problem);
}

/** A number where it is exact, else a bigint. */
function integer(value: bigint): number | bigint {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

/** A decimal integer of protocol 0. */
export function decimal(text: string): number | bigint {
  if (!/^[+-]?\d+$/.test(text)) throw bad('an integer cannot be read');
  return integer(BigInt(text.replace(/^\+/, '')));
}

/** A float of protocol 0. */
export function float(text: string): number {
  if (/^[+-]?inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^[+-]?nan$/.test(text)) return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw bad('a float cannot be read');
  return Number(text);
}

/** A two's complement integer of any length, little-endian. */
export function littleEndianInteger(bytes: Uint8Array): number | bigint {
  if (bytes.length > MAX_INTEGER_BYTES) throw bad(`an integer is longer than ${MAX_INTEGER_BYTES} bytes`);
  let hex = '0x0';
  for (let i = bytes.length - 1; i >= 0; i--) hex += (256 + bytes[i]!).toString(16).slice(1);
  return integer(BigInt.asIntN(8 * bytes.length, BigInt(hex)));
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, a: 7, f: 12, v: 11 };

/** A `str` literal of Python 2 with its quotes, as protocol 0 writes it. */
export function quoted(text: string): Uint8Array {
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) {
    throw bad('a string has no quotes');
  }
  const bytes = new Uint8Array(text.length - 2);
  let length = 0;
  for (let i = 1; i < text.length - 1; i++) {
    if (text[i] !== '\\') {
      bytes[length++] = text.charCodeAt(i);
      continue;
    }
    const code = text[++i]!;
    if (code === 'x' && /^[\da-fA-F]{2}$/.test(text.slice(i + 1, i + 3))) {
      bytes[length++] = Number.parseInt(text.slice(i + 1, i + 3), 16);
      i += 2;
    } else if (code === '\\' || code === "'" || code === '"') bytes[length++] = code.charCodeAt(0);
    else if (code in ESCAPES) bytes[length++] = ESCAPES[code]!;
    else throw bad('a string has an escape that cannot be read');
  }
  return bytes.subarray(0, length);
}

/** Text of protocol 0: characters 0 to 255, others as `\u` and four hexadecimal digits. */
export function rawUnicode(text: string): string {
  return text.replace(/\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8})/g, (_, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long!, 16);
    if (code > 0x10ffff) throw bad('text has a character that does not exist');
    return String.fromCodePoint(code);
  });
}
