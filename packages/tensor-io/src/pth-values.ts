import { RobustaError } from '@robusta/core';
import { NumpyArray } from './numpy-array.js';
import { type PickleKey, type PickleValue, RawString } from './pickle-values.js';
import type { TensorData } from './tensor.js';
import { StoredTensor } from './torch-tensor.js';

/**
 * A value of a checkpoint. Python's dict is a Map in the order of the file, a list an array, a tuple a frozen array,
 * an int a number or (beyond 2^53) a bigint, None null, bytes a Uint8Array; tensors and numpy arrays are
 * {@link TensorData}.
 */
export type PthValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | TensorData
  | readonly PthValue[]
  | Map<string | number | bigint | boolean | null, PthValue>;

// A few bytes can nest lists in each other so that paths to their items have no end; a checkpoint of a thousand tensors
// has some thousand paths of some 50 characters.
const MAX_DEPTH = 100;
const MAX_VISITS = 1_000_000;
const MAX_NAME = 4096;
const MAX_NAMES_TOTAL = 1 << 23;

function bad(problem: string): RobustaError {
  return new RobustaError('BAD_FORMAT', problem);
}

function descend(depth: number): number {
  if (depth === MAX_DEPTH) throw bad(`values are nested more than ${MAX_DEPTH} deep`);
  return depth + 1;
}

/** Turns what a pickle made into plain values; what it holds twice is converted once. */
export function toPthValue(root: PickleValue): PthValue {
  const done = new Map<object, PthValue>();

  function convert(value: PickleValue, depth: number): PthValue {
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof RawString) return value.text;
    if (value instanceof Uint8Array) return value;
    if (value instanceof StoredTensor || value instanceof NumpyArray) return value.read();
    const known = done.get(value);
    if (known !== undefined) return known;
    const below = descend(depth);
    let result: PthValue;
    if (Array.isArray(value)) {
      const items = value.map((item: PickleValue) => convert(item, below));
      result = Object.isFrozen(value) ? Object.freeze(items) : items;
    } else if (value instanceof Map) {
      const entries = value as Map<PickleKey, PickleValue>;
      result = new Map();
      for (const [key, item] of entries) result.set(key, convert(item, below));
    } else throw bad('a class or a storage stands where a value is expected');
    done.set(value, result);
    return result;
  }

  return convert(root, 0);
}

/** Visits every tensor with its path: keys and places in lists, joined by dots. */
export function forEachTensor(
  root: PickleValue,
  visit: (name: string, tensor: { read(): TensorData }) => void,
): void {
  let visits = 0;
  let characters = 0;

  function walk(value: PickleValue, name: string, depth: number): void {
    if (++visits > MAX_VISITS) throw bad(`there are more than ${MAX_VISITS} paths to values`);
    if (name.length > MAX_NAME) throw bad(`a name is longer than ${MAX_NAME} characters`);
    if (value instanceof StoredTensor || value instanceof NumpyArray) {
      characters += name.length;
      if (characters > MAX_NAMES_TOTAL) throw bad('the names of the tensors are too long together');
      visit(name, value);
    } else if (Array.isArray(value)) {
      const below = descend(depth);
      value.forEach((item, i) => {
        if (typeof item === 'object') walk(item, name === '' ? `${i}` : `${name}.${i}`, below);
        else visits++;
      });
    } else if (value instanceof Map) {
      const below = descend(depth);
      for (const [key, item] of value as Map<PickleKey, PickleValue>) {
        if (typeof item === 'object') walk(item, name === '' ? `${key}` : `${name}.${key}`, below);
        else visits++;
      }
    }
  }

  walk(root, '', 0);
}
