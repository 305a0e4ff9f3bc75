import { createHash } from 'node:crypto';
import { RobustaError } from '@robusta/core';
import { readNpz, readPth, type TensorData } from '@robusta/tensor-io';
import { namingFile, readBytes } from '../files/npy-file.js';

/** Width of a VGGish embedding. */
export const VGGISH_DIM = 128;

/** The principal components of VGGish's post-processing. */
export interface VggishPca {
  /** `[128, 128]`, row-major, a row for each output. */
  eigenVectors: Float64Array;
  /** `[128]`, taken off before the multiplication. */
  means: Float64Array;
}

/**
 * How projected values become bytes: clipped to [-2, 2], then `(y + 2) * 255 / 4`. `round`: half to even, as torchvggish;
 * `truncate`: as TensorFlow's code, one lower in about half of the values; `none`: projected values as they are.
 */
export type Quantization = 'none' | 'round' | 'truncate';

/** The largest projected value that is kept. */
const CLIP = 2;
/** Above any archive of 128 x 128 numbers. */
const LARGEST = 1 << 24;

/**
 * `E (x - m)` of each embedding, in double precision.
 * @param embeddings - `[N, 128]`, row-major
 * @returns `[N, 128]`
 * @throws BAD_INPUT where the lengths do not fit
 */
export function projectVggish(
  embeddings: Float32Array | Float64Array,
  { eigenVectors, means }: VggishPca,
): Float64Array {
  const n = VGGISH_DIM;
  if (embeddings.length % n !== 0 || eigenVectors.length !== n * n || means.length !== n) {
    const found = `${embeddings.length}, ${eigenVectors.length} and ${means.length}`;
    throw new RobustaError(
      'BAD_INPUT',
      `projectVggish: expected embeddings [N, ${n}], eigenvectors [${n}, ${n}] and means [${n}], received ${found} numbers`,
    );
  }
  const out = new Float64Array(embeddings.length);
  const centred = new Float64Array(n);
  for (let start = 0; start < embeddings.length; start += n) {
    for (let j = 0; j < n; j++) centred[j] = embeddings[start + j]! - means[j]!;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += eigenVectors[i * n + j]! * centred[j]!;
      out[start + i] = sum;
    }
  }
  return out;
}

/** Projected values as stored: whole numbers from 0 to 255, or rounded to single precision with `none`. */
export function quantizeVggish(projected: Float64Array, quantization: Quantization): Float32Array {
  if (quantization === 'none') return Float32Array.from(projected);
  const whole = quantization === 'round' ? roundHalfToEven : Math.floor;
  return Float32Array.from(projected, (value) => {
    const clipped = Math.min(CLIP, Math.max(-CLIP, value));
    return whole((clipped + CLIP) * (255 / (2 * CLIP)));
  });
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/**
 * Reads the parameters of VGGish's post-processing: TensorFlow's `.npz` or torchvggish's `.pth`, also out of the
 * checkpoint of a whole VGGish.
 * @returns the parameters, and the SHA-256 of the file
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE; BAD_FORMAT, TRUNCATED for a damaged file; BAD_MODEL where it holds no
 *   `pca_eigen_vectors` [128, 128] and `pca_means` [128] or [128, 1]
 */
export async function readVggishPca(path: string): Promise<{ pca: VggishPca; sha256: string }> {
  const bytes = await readBytes(path);
  const arrays = namingFile(path, () => arraysOf(bytes, path));
  const find = (name: string, shapes: number[][]): Float64Array => {
    const key = Object.keys(arrays).find((key) => key === name || key.endsWith(`.${name}`));
    const array = key === undefined ? undefined : arrays[key];
    const fits = array && shapes.some((shape) => String(shape) === String(array.shape));
    const numbers = fits ? Float64Array.from(array.data as ArrayLike<number>, Number) : undefined;
    if (numbers?.every(Number.isFinite)) return numbers;
    const shape = array && `${array.dtype} [${array.shape.join(', ')}]`;
    const found = numbers ? 'NaN or infinite numbers' : (shape ?? 'nothing of that name');
    throw new RobustaError(
      'BAD_MODEL',
      `${path}: expected ${name} [${shapes[0]!.join(', ')}], found ${found}`,
      {
        hint: 'take vggish_pca_params.npz of TensorFlow or the PCA file of torchvggish',
        details: { path, names: Object.keys(arrays) },
      },
    );
  };
  const n = VGGISH_DIM;
  const pca = {
    eigenVectors: find('pca_eigen_vectors', [[n, n]]),
    means: find('pca_means', [[n], [n, 1], [1, n]]),
  };
  return { pca, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Both kinds are zip archives; the name tells them apart. */
function arraysOf(bytes: Uint8Array, path: string): Record<string, TensorData> {
  return path.endsWith('.npz') ? readNpz(bytes, { maxInflatedBytes: LARGEST }) : readPth(bytes);
}
