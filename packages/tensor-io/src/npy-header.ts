import { RobustaError } from '@robusta/core';
import type { DType } from './tensor.js';

/** The most axes an array may have; NumPy's own limit. */
export const MAX_AXES = 64;

/** What the dictionary at the start of a `.npy` file says. */
export interface NpyDictionary {
  dtype: DType;
  littleEndian: boolean;
  fortranOrder: boolean;
  shape: number[];
}

/** dtype by the code that NumPy names it with, its byte order left out. */
export const NUMPY_TYPES: Readonly<Record<string, DType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

const SUPPORTED = 'f2, f4, f8, i1 to i8, u1 to u8 and b1';

function bad(problem: string, hint?: string): RobustaError {
  return new RobustaError('BAD_FORMAT', `.npy header: ${problem}`, hint === undefined ? {} : { hint });
}

/**
 * Parses the header, a Python dictionary in literal form. Only what NumPy writes is understood: the keys
 * `descr` (a string), `fortran_order` (`True` or `False`) and `shape` (a tuple of integers), once each.
 * Nothing is ever evaluated.
 * @throws BAD_FORMAT
 */
export function parseNpyHeader(text: string): NpyDictionary {
  let at = 0;
  const rest = () => JSON.stringify(text.slice(at, at + 20));

  /** The match of a sticky pattern at this place, white space before it skipped. */
  function take(pattern: RegExp): RegExpExecArray | null {
    while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n') at++;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at += match[0].length;
    return match;
  }
  function expect(pattern: RegExp, what: string): RegExpExecArray {
    const match = take(pattern);
    if (!match) throw bad(`expected ${what} at character ${at}, found ${rest()}`);
    return match;
  }

  function descr(): string {
    if (take(/[[(]/y)) {
      throw bad(
        'structured arrays (records with named fields) are not supported',
        'save each field as an array of its own',
      );
    }
    return expect(/'([^'\\\n]*)'|"([^"\\\n]*)"/y, 'a quoted type')
      .slice(1)
      .find((part) => part !== undefined)!;
  }

  function shape(): number[] {
    expect(/\(/y, 'a tuple');
    const sizes: number[] = [];
    let comma = true;
    while (!take(/\)/y)) {
      if (!comma) throw bad(`expected "," in the shape at character ${at}, found ${rest()}`);
      // Python 2 wrote long integers with an L.
      const size = Number(expect(/(\d+)L?/y, 'a size')[1]);
      if (!Number.isSafeInteger(size)) throw bad(`a size in the shape is too large at character ${at}`);
      sizes.push(size);
      if (sizes.length > MAX_AXES) throw bad(`more than ${MAX_AXES} axes`);
      comma = take(/,/y) !== null;
    }
    if (sizes.length === 1 && !comma) throw bad('the shape is a number in brackets, not a tuple');
    return sizes;
  }

  const values: { descr?: string; fortran_order?: boolean; shape?: number[] } = {};
  expect(/\{/y, '"{"');
  let comma = true;
  while (!take(/\}/y)) {
    if (!comma) throw bad(`expected "," or "}" at character ${at}, found ${rest()}`);
    const key = expect(
      /(['"])(descr|fortran_order|shape)\1/y,
      "'descr', 'fortran_order' or 'shape'",
    )[2] as keyof typeof values;
    if (values[key] !== undefined) throw bad(`${key} is given twice`);
    expect(/:/y, '":"');
    if (key === 'descr') values.descr = descr();
    else if (key === 'shape') values.shape = shape();
    else values.fortran_order = expect(/True|False/y, 'True or False')[0] === 'True';
    comma = take(/,/y) !== null;
  }
  if (take(/[\s\S]/y)) throw bad(`unexpected ${JSON.stringify(text[at - 1])} after the dictionary`);
  if (values.descr === undefined || values.fortran_order === undefined || values.shape === undefined) {
    throw bad('descr, fortran_order and shape must all be given');
  }
  return { ...parseDescr(values.descr), fortranOrder: values.fortran_order, shape: values.shape };
}

function parseDescr(descr: string): { dtype: DType; littleEndian: boolean } {
  const match = /^([<>|])([a-zA-Z])(\d*)$/.exec(descr);
  if (match?.[2] === 'O') {
    throw bad(
      'this is an object array, which stores Python objects as a pickle; pickles are never run',
      'load it in Python and save it again as one numeric array: np.save(path, np.stack(list(array)).astype("float32"))',
    );
  }
  const dtype = match ? NUMPY_TYPES[`${match[2]}${match[3]}`] : undefined;
  if (!match || !dtype) {
    throw bad(
      `type ${JSON.stringify(descr)} is not supported, only ${SUPPORTED} are`,
      'convert it with astype',
    );
  }
  const order = match[1]!;
  if (order === '|' && match[3] !== '1') throw bad(`type ${JSON.stringify(descr)} lacks a byte order`);
  return { dtype, littleEndian: order !== '>' };
}

/**
 * The whole start of a version 1.0 file: magic, version, length, and the dictionary padded with spaces so
 * that the elements begin at a multiple of 64 bytes.
 */
export function formatNpyHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  const code = Object.keys(NUMPY_TYPES).find((key) => NUMPY_TYPES[key] === dtype)!;
  const order = code.endsWith('1') ? '|' : '<';
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const text = `\u0093NUMPY\u0001\u0000${String.fromCharCode((length - 10) & 255, (length - 10) >> 8)}`;
  return Uint8Array.from(`${text}${dictionary}`.padEnd(length - 1).concat('\n'), (character) =>
    character.charCodeAt(0),
  );
}
