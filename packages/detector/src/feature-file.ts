import { type FileHandle, open } from 'node:fs/promises';
import { fileError, RobustaError } from '@robusta/core';
import { type NpyHeader, readNpyElements, readNpyHeader } from '@robusta/tensor-io';

/** A `.npy` file of features as it was found; plain data, which can be sent to another thread. */
export interface FeatureFile {
  path: string;
  /** Snippets that are used: the first of those in the file. */
  length: number;
  crops: number;
  dim: number;
  header: NpyHeader;
  /** Of the file, bytes. */
  size: number;
  /** When it was last written to, milliseconds. */
  modified: number;
}

const floats = ['float16', 'float32', 'float64'];

/** All that NumPy writes in front of an array without named fields, and more. */
const headerBytes = 4096;

/**
 * Looks at the header of a file and at its size.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, BAD_FORMAT, TRUNCATED, EMPTY_INPUT naming the file
 */
export async function findFeatureFile(path: string): Promise<FeatureFile> {
  return withFile(path, async (handle) => {
    const { size, mtimeMs: modified } = await handle.stat();
    const header = readNpyHeader(await readBytes(handle, 0, Math.min(size, headerBytes)));
    const { shape, dtype, offset, byteLength } = header;
    const what = `an array of shape [${shape.join(', ')}] and type ${dtype}`;
    if (!floats.includes(dtype)) {
      throw new RobustaError('BAD_FORMAT', `${what}, expected floating-point numbers`, {
        hint: 'convert it with astype("float32")',
      });
    }
    if (shape.length !== 2 && shape.length !== 3) {
      throw new RobustaError('BAD_FORMAT', `${what}, expected [snippets, width] or [snippets, crops, width]`);
    }
    const [length, crops, dim] = (shape.length === 2 ? [shape[0], 1, shape[1]] : shape) as [
      number,
      number,
      number,
    ];
    if (length === 0) throw new RobustaError('EMPTY_INPUT', `${what} has no snippets`);
    if (crops === 0 || dim === 0) throw new RobustaError('BAD_FORMAT', `${what} has no features`);
    const expected = `${what} makes a file of ${offset + byteLength} bytes, this one has ${size}`;
    if (size < offset + byteLength) throw new RobustaError('TRUNCATED', expected);
    if (size > offset + byteLength) throw new RobustaError('BAD_FORMAT', expected);
    return { path, length, crops, dim, header, size, modified };
  });
}

/** Opens a file, and closes it whatever happens; errors name it. */
async function withFile<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return await work(handle);
  } catch (error) {
    throw naming(path, error);
  } finally {
    await handle?.close();
  }
}

/** The error with the name of the file in front. */
function naming(path: string, error: unknown): unknown {
  if (RobustaError.isInstance(error)) {
    const { code, message, hint } = error;
    return new RobustaError(code, `${path}: ${message}`, {
      ...(hint === undefined ? {} : { hint }),
      details: { path },
      cause: error,
    });
  }
  const known = fileError(error, path);
  if (RobustaError.isInstance(known)) return known;
  if (typeof (error as { syscall?: unknown } | null)?.syscall !== 'string') return error;
  return new RobustaError('FILE_UNREADABLE', `${path} cannot be read: ${(error as Error).message}`, {
    hint: 'check the disk, or the connection to it',
    details: { path },
    cause: error,
  });
}

async function readBytes(handle: FileHandle, position: number, count: number, into?: Uint8Array) {
  // Of its own memory, so that its elements are aligned.
  const bytes = into ?? Buffer.allocUnsafeSlow(count);
  let done = 0;
  while (done < count) {
    const { bytesRead } = await handle.read(bytes, done, count - done, position + done);
    if (bytesRead === 0) {
      throw new RobustaError('TRUNCATED', `ends after ${position + done} bytes, while it is read`);
    }
    done += bytesRead;
  }
  return bytes.subarray(0, count);
}

/** Reads rows of a file that was found before, if it is still the same. */
export class FeatureReader {
  /** Two, so that rows can be used while the next are read. */
  private readonly buffers: (Uint8Array | undefined)[] = [undefined, undefined];
  private turn = 0;
  private readonly rowBytes: number;

  private constructor(
    private readonly file: FeatureFile,
    private readonly handle: FileHandle,
  ) {
    this.rowBytes = file.header.byteLength / file.header.shape[0]!;
  }

  /** @throws FILE_NOT_FOUND, FILE_UNREADABLE; TRUNCATED, FEATURE_MISMATCH where it is not what it was */
  static async open(file: FeatureFile): Promise<FeatureReader> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(file.path, 'r');
      const { size, mtimeMs } = await handle.stat();
      if (size !== file.size || mtimeMs !== file.modified) {
        throw new RobustaError(
          size < file.size ? 'TRUNCATED' : 'FEATURE_MISMATCH',
          `was changed after it was opened: it had ${file.size} bytes then, ${size} now`,
          { hint: 'leave feature files as they are until the training ends; start it again' },
        );
      }
      return new FeatureReader(file, handle);
    } catch (error) {
      await handle?.close();
      throw naming(file.path, error);
    }
  }

  /**
   * Rows `[count, crops, dim]` as float32; they stay as they are until the call after the next.
   * @param count - all that are used, where the file is in Fortran order
   */
  async rows(start: number, count: number): Promise<Float32Array> {
    const { header, path, crops, dim } = this.file;
    this.turn = 1 - this.turn;
    try {
      // In Fortran order the rows lie across the whole file.
      const size = header.fortranOrder ? header.byteLength : count * this.rowBytes;
      const buffer = this.buffers[this.turn];
      const position = header.offset + start * this.rowBytes;
      const bytes = await readBytes(this.handle, position, size, buffer);
      this.buffers[this.turn] ??= bytes;
      const values = readNpyElements(bytes, header);
      const used = (values as Float64Array).subarray(0, count * crops * dim);
      return used instanceof Float32Array ? used : Float32Array.from(used);
    } catch (error) {
      throw naming(path, error);
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
