import { type FeatureFile, FeatureReader } from './feature-file.js';
import type { FeatureBlock } from './rows.js';

/** What is read at a time: large enough for disks, small enough to hold for several files. */
const blockBytes = 1 << 20;

/**
 * Reads features from the first snippet to the last, the next block while one is used.
 * @param files - of one sequence, each with other crops of it; memory for two blocks is all that is taken (but all for
 *   files in Fortran order, which cannot be read in pieces)
 * @returns blocks with the crops of all files; one stays as it is until the next is asked for
 * @throws as {@link FeatureReader}
 */
export async function* readBlocks(files: readonly FeatureFile[]): AsyncGenerator<FeatureBlock> {
  const { length, dim } = files[0]!;
  const crops = files.reduce((sum, file) => sum + file.crops, 0);
  const whole = files.some(({ header }) => header.fortranOrder);
  const most = whole ? length : Math.max(1, Math.floor(blockBytes / (4 * crops * dim)));
  const readers: FeatureReader[] = [];
  const read = (start: number) => {
    const count = Math.min(most, length - start);
    const parts = Promise.all(readers.map((reader) => reader.rows(start, count)));
    // Looked at when its turn comes.
    parts.catch(() => {});
    return parts;
  };
  let next: Promise<Float32Array[]> | undefined;
  try {
    for (const file of files) readers.push(await FeatureReader.open(file));
    next = read(0);
    for (let start = 0; start < length; start += most) {
      const parts = await next!;
      next = start + most < length ? read(start + most) : undefined;
      const count = Math.min(most, length - start);
      yield { start, length: count, crops, dim, data: interleaved(parts, files, count, crops * dim) };
    }
  } finally {
    await next?.catch(() => {});
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

/** Rows of several files next to each other, in the order of the files. */
function interleaved(
  parts: readonly Float32Array[],
  files: readonly FeatureFile[],
  count: number,
  width: number,
): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const data = new Float32Array(count * width);
  let column = 0;
  for (const [i, part] of parts.entries()) {
    const own = files[i]!.crops * files[i]!.dim;
    for (let row = 0; row < count; row++) {
      data.set(part.subarray(row * own, (row + 1) * own), row * width + column);
    }
    column += own;
  }
  return data;
}
