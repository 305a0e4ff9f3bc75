import type { Case } from './case.js';
import { convolutions } from './convolutions.js';
import { elementwise } from './elementwise.js';
import { images } from './images.js';
import { indexing } from './indexing.js';
import { matrices } from './matrices.js';
import { pooling } from './pooling.js';
import { reductions } from './reductions.js';
import { shapes } from './shapes.js';
import { sparse } from './sparse.js';

/** What is compared with tfjs, by group. */
export const groups: Readonly<Record<string, readonly Case[]>> = {
  elementwise,
  reductions,
  matrices,
  shapes,
  indexing,
  convolutions,
  pooling,
  images,
  sparse,
};
