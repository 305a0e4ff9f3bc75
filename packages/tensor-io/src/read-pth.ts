import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { loadCheckpoint } from './pth.js';
import { forEachTensor, type PthValue, toPthValue } from './pth-values.js';
import { requireBytes, type TensorData } from './tensor.js';

/** Options of {@link readPth}. */
export interface ReadPthOptions {
  /**
   * Only tensors whose names begin so, and these without it: `'module.'` undoes DataParallel, `'state_dict.'` reads one
   * entry of a training checkpoint. Default `''`.
   */
  prefix?: string | undefined;
  /**
   * `bytes` are not needed afterwards: tensors of the old format, which lie at odd places, are moved by a few bytes within
   * them instead of being copied into memory of their own, which takes several times as long. Default false.
   */
  consume?: boolean | undefined;
}

const Options = z.strictObject({ prefix: z.string().default(''), consume: z.boolean().default(false) });

/**
 * Reads the tensors of a PyTorch checkpoint (`.pth`, `.pt`, `.pkl`): the zip format of PyTorch 1.6 and later, the old
 * one, and a pickle alone. Nothing in the file is ever executed: classes and functions are names in a fixed list, and
 * any other is an error.
 * @param bytes - the whole file; changed only where `consume` is set. A tensor's `data` is a view of it, not a copy, where it is contiguous, aligned and
 *   no 16-bit float; tensors that share a storage may then share memory
 * @returns every tensor, parameter and numpy array under its path: the keys of dictionaries and places in lists that
 *   lead to it, joined by dots. A tensor that is the whole object has the name `''`. Other values are left out
 * @throws TRUNCATED if the file ends early
 * @throws BAD_FORMAT for anything else that is wrong, before anything large is allocated
 * @throws EMPTY_INPUT if there is no tensor, or none with the prefix
 */
export function readPth(bytes: Uint8Array, options: ReadPthOptions = {}): Record<string, TensorData> {
  requireBytes(bytes, 'readPth');
  const { prefix, consume } = parseOptions(Options, options, 'readPth');
  const tensors = new Map<string, TensorData>();
  const others = new Set<string>();
  told('readPth', () => {
    forEachTensor(loadCheckpoint(bytes, consume), (path, tensor) => {
      if (!path.startsWith(prefix)) return others.size < 5 && others.add(path);
      const name = path.slice(prefix.length);
      if (tensors.has(name)) {
        throw new RobustaError('BAD_FORMAT', `two tensors have the path ${JSON.stringify(path)}`, {
          hint: 'use readPthObject, which keeps the nesting',
        });
      }
      tensors.set(name, named(path, tensor));
    });
  });
  if (tensors.size === 0) {
    throw new RobustaError(
      'EMPTY_INPUT',
      `readPth: no tensor${prefix && ` under ${JSON.stringify(prefix)}`}`,
      {
        hint: others.size > 0 ? `names there: ${[...others].join(', ')}` : 'the file holds other values only',
      },
    );
  }
  // fromEntries defines properties, so that a tensor named __proto__ is one like any other.
  return Object.fromEntries(tensors);
}

/** Runs the work; its errors say whose they are and what to do. */
function told<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!RobustaError.isInstance(error)) throw error;
    const { code, message, hint, details, cause } = error;
    const cut = code === 'TRUNCATED';
    throw new RobustaError(code, `${what}: ${message}`, {
      hint:
        hint ??
        (cut ? 'the file was cut: fetch or copy it again' : 'it is no PyTorch checkpoint, or a damaged one'),
      ...(details && { details }),
      cause: cause ?? error,
    });
  }
}

/** Elements are only looked at here, so what is wrong with them is told with the name. */
function named(path: string, tensor: { read(): TensorData }): TensorData {
  try {
    return tensor.read();
  } catch (error) {
    if (!RobustaError.isInstance(error)) throw error;
    throw new RobustaError(error.code, `tensor ${JSON.stringify(path)}: ${error.message}`, { cause: error });
  }
}

/**
 * Reads everything in a PyTorch checkpoint as it is nested there: epochs, optimizer state, numbers and text too. As
 * safe as {@link readPth}.
 * @param bytes - the whole file
 * @throws TRUNCATED if the file ends early
 * @throws BAD_FORMAT for anything else that is wrong, before anything large is allocated
 */
export function readPthObject(bytes: Uint8Array): PthValue {
  requireBytes(bytes, 'readPthObject');
  return told('readPthObject', () => toPthValue(loadCheckpoint(bytes)));
}
