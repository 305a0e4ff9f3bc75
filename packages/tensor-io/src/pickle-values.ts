import { RobustaError } from '@robusta/core';
import { latin1 } from './cursor.js';

/** A `str` of Python 2: bytes that may be text or the elements of an array. */
export class RawString {
  #text: string | undefined;

  constructor(readonly bytes: Uint8Array) {}

  /** Made once, however often a pickle refers to it. */
  get text(): string {
    this.#text ??= latin1(this.bytes);
    return this.#text;
  }
}

/** What the machine works on. Lists are arrays, tuples frozen arrays, dictionaries maps; objects are the host's. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | RawString
  | Uint8Array
  | PickleValue[]
  | readonly PickleValue[]
  | Map<PickleKey, PickleValue>
  | object;

/** What may be the key of a dictionary. */
export type PickleKey = string | number | bigint | boolean | null;

export function tuple(items: PickleValue[]): readonly PickleValue[] {
  return Object.freeze(items);
}

export function isTuple(value: PickleValue): value is readonly PickleValue[] {
  return Array.isArray(value) && Object.isFrozen(value);
}

export function isList(value: PickleValue): value is PickleValue[] {
  return Array.isArray(value) && !Object.isFrozen(value);
}

/** The items of a tuple that must have a length among `lengths`. */
export function requireTuple(value: PickleValue, lengths: number[], what: string): readonly PickleValue[] {
  if (isTuple(value) && lengths.includes(value.length)) return value;
  throw new RobustaError('BAD_FORMAT', `${what} must be a tuple of ${lengths.join(' or ')} values`);
}

/** Text, also that of Python 2. */
export function asText(value: PickleValue): string | undefined {
  if (value instanceof RawString) return value.text;
  return typeof value === 'string' ? value : undefined;
}

export function asKey(value: PickleValue): PickleKey {
  if (value instanceof RawString) return value.text;
  if (value === null || typeof value !== 'object') return value;
  throw new RobustaError('BAD_FORMAT', 'the key of a dictionary is neither text nor a number');
}

/** An exact number where there is one: a size, an offset, a count. */
export function requireSize(value: PickleValue, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RobustaError('BAD_FORMAT', `${what} must be a non-negative integer, not ${describe(value)}`);
}

/** The sizes, or strides, of at most 64 axes. */
export function requireSizes(value: PickleValue, what: string): number[] {
  if (!isTuple(value) || value.length > 64) {
    throw new RobustaError('BAD_FORMAT', `${what} must be a tuple of at most 64 integers`);
  }
  return value.map((size) => requireSize(size, what));
}

function describe(value: PickleValue): string {
  return typeof value === 'number' || typeof value === 'bigint' ? String(value).slice(0, 40) : typeof value;
}
