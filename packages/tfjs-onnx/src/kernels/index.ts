import { convolution } from './convolution.js';
import { elementwise } from './elementwise.js';
import { image } from './image.js';
import { indexing } from './indexing.js';
import type { LoweringTable } from './kernel.js';
import { matmul } from './matmul.js';
import { morphology } from './morphology.js';
import { normalization } from './normalization.js';
import { pooling } from './pooling.js';
import { random } from './random.js';
import { reductions } from './reductions.js';
import { resize } from './resize.js';
import { shape } from './shape.js';
import { sparse } from './sparse.js';

/** How each supported tfjs kernel is written with ONNX operators, by group. */
export const loweringGroups: Readonly<Record<string, LoweringTable>> = {
  elementwise,
  reductions,
  matmul,
  shape,
  indexing,
  convolution,
  pooling,
  normalization,
  morphology,
  resize,
  image,
  sparse,
  random,
};

/** Names of all tfjs kernels that can be traced, sorted. */
export function supportedKernels(): string[] {
  return Object.values(loweringGroups)
    .flatMap((group) => Object.keys(group))
    .sort();
}
