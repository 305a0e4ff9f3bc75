import type { Snippet } from './snippet.js';

/** Side of a block (px). */
const BLOCK = 8;
/** Gradient energy that counts as noise: a block with less reports little motion. */
const NOISE = 3e-5;

/** Motion of the blocks of a snippet, working pixels a frame, right and down positive. */
export interface BlockMotion {
  columns: number;
  rows: number;
  /** `[15, rows * columns]`, row-major. */
  u: Float64Array;
  v: Float64Array;
  /** Mean D^2 of each block summed over pairs, and what of it the motion leaves unexplained. */
  energy: Float64Array;
  residue: Float64Array;
}

/**
 * Least squares on the gradients of 8x8 pixel blocks (Lucas and Kanade 1981) with a ridge: (S + noise I) v = -s, gradients
 * averaged over both frames. Pixels beyond the last full block take no part.
 */
export function blockMotion(snippet: Snippet): BlockMotion {
  const columns = Math.floor(snippet.width / BLOCK);
  const rows = Math.floor(snippet.height / BLOCK);
  const blocks = columns * rows;
  const pairs = snippet.diff.length;
  const motion: BlockMotion = {
    columns,
    rows,
    u: new Float64Array(blocks * pairs),
    v: new Float64Array(blocks * pairs),
    energy: new Float64Array(blocks),
    residue: new Float64Array(blocks),
  };
  for (let t = 0; t < pairs; t++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) solveBlock(snippet, t, row, column, motion);
    }
  }
  return motion;
}

function solveBlock(snippet: Snippet, t: number, row: number, column: number, motion: BlockMotion): void {
  const { width } = snippet;
  const d = snippet.diff[t]!;
  const x0 = snippet.gx[t]!;
  const x1 = snippet.gx[t + 1]!;
  const y0 = snippet.gy[t]!;
  const y1 = snippet.gy[t + 1]!;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  let xt = 0;
  let yt = 0;
  let tt = 0;
  for (let y = 0; y < BLOCK; y++) {
    const start = (row * BLOCK + y) * width + column * BLOCK;
    for (let i = start; i < start + BLOCK; i++) {
      const a = 0.5 * (x0[i]! + x1[i]!);
      const b = 0.5 * (y0[i]! + y1[i]!);
      const c = d[i]!;
      xx += a * a;
      xy += a * b;
      yy += b * b;
      xt += a * c;
      yt += b * c;
      tt += c * c;
    }
  }
  const share = 1 / (BLOCK * BLOCK);
  xx = xx * share + NOISE;
  yy = yy * share + NOISE;
  xy *= share;
  xt *= share;
  yt *= share;
  tt *= share;
  const determinant = xx * yy - xy * xy;
  const u = (xy * yt - yy * xt) / determinant;
  const v = (xy * xt - xx * yt) / determinant;
  const block = row * motion.columns + column;
  const index = t * motion.columns * motion.rows + block;
  motion.u[index] = u;
  motion.v[index] = v;
  motion.energy[block]! += tt;
  // With the best v the quadratic form leaves tt + v.s.
  motion.residue[block]! += Math.max(0, tt + u * xt + v * yt);
}
