import { RobustaError } from '@robusta/core';

/** A file of pieces: text (a byte a character) and bytes. */
export function file(...parts: (string | number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (c) => c.charCodeAt(0)) : part)),
  );
}

/** A .npy file of the given version, its header exactly `header`. */
export function npy(header: string, data: number[], version: 1 | 2 | 3 = 1): Uint8Array {
  const { length } = header;
  const size =
    version === 1 ? [length & 255, length >> 8] : [length & 255, (length >> 8) & 255, length >> 16, 0];
  return file('\x93NUMPY', [version, 0], size, header, data);
}

/** The header that NumPy writes for a type and shape, unpadded. */
export function header(descr: string, shape: string, fortran = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
}

/** A .safetensors file of a header and its data. */
export function safetensors(head: unknown, data: number[] = []): Uint8Array {
  const text = typeof head === 'string' ? head : JSON.stringify(head);
  const { length } = text;
  return file([length & 255, length >> 8, 0, 0, 0, 0, 0, 0], text, data);
}

/** The error that `action` throws. */
export function failure(action: () => unknown): RobustaError {
  try {
    action();
  } catch (error) {
    if (RobustaError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
