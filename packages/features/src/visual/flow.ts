import { WINDOW_FRAMES } from '../grid.js';
import { quantile, summary } from '../statistics.js';
import { compressSpeed, entropy, type FeatureGroup, hellinger, Writer } from './group.js';
import type { Snippet } from './snippet.js';

const BLOCK = 8;
const PAIRS = WINDOW_FRAMES - 1;
/** Gradient energy that counts as noise: below it a block reports little motion. */
const NOISE = 3e-5;
const SPEED = 'px/frame';
const d = (name: string, formula: string, unit = SPEED) => ({ name: `flow.${name}`, formula, unit });
const QUANTILES = [0.5, 0.75, 0.9, 0.97, 1];
const EDGES = [0.05, 0.15, 0.4, 1, 2.5];
const label = (q: number) => (q === 1 ? 'max' : `p${Math.round(q * 100)}`);

/** Motion of 8x8 blocks by regularised least squares on the gradients (Lucas and Kanade): speed, direction, erratic change. */
export const flow: FeatureGroup = {
  dimensions: [
    ...QUANTILES.map((q) => d(`speed.${label(q)}`, `s(${label(q)} of |v| over blocks and pairs)`)),
    ...QUANTILES.map((q) => d(`own.${label(q)}`, `s(${label(q)} of |v - median v of the pair|)`)),
    ...QUANTILES.map((q) => d(`acceleration.${label(q)}`, `s(${label(q)} of |v_t - v_t-1|)`, 'px/frame^2')),
    ...Array.from({ length: 6 }, (_, i) =>
      d(
        `speeds.${i}`,
        `sqrt of the share of blocks with |v| between ${[0, ...EDGES][i]} and ${[...EDGES, 'infinity'][i]}`,
        '1',
      ),
    ),
    ...['mean', 'max', 'min', 'sd', 'step'].map((what) =>
      d(`series.${what}`, `s(${what} over pairs of the mean |v|)`),
    ),
    ...['mean', 'max', 'sd', 'step'].map((what) =>
      d(`fast.${what}`, `s(${what} over pairs of the 90th percentile of |v|)`),
    ),
    ...['mean', 'max', 'step'].map((what) => d(`camera.${what}`, `s(${what} over pairs of |median v|)`)),
    ...Array.from({ length: 8 }, (_, bin) =>
      d(`direction.${bin}`, `sqrt of the share of |v| towards ${45 * bin} degrees (0 right, 90 down)`, '1'),
    ),
    d('direction.entropy', 'entropy of these shares / ln 8', '1'),
    d('direction.first', 'largest of these shares', '1'),
    d('direction.opposed', 'smaller over larger of the shares of the largest bin and the bin opposite', '1'),
    d('turning', 'sum |v_t - v_t-1| / sum (|v_t| + |v_t-1|)', '1'),
    d('reversal', 'share of |v| whose block moved the other way in the pair before', '1'),
    d('coherence', '|mean v| / mean |v|, mean over pairs', '1'),
    d('divergence', 's(mean |v_x + v_y| of neighbouring blocks)'),
    d('curl', 's(mean |u_y - v_x| of neighbouring blocks)'),
    d('shear', 's(mean |v - v of the neighbours right and below|)'),
    d('unexplained', 'share of D^2 that the block motions leave', '1'),
    d('unexplained.top', 'the same, mean of the six blocks with most D^2', '1'),
    ...[0, 1, 3, 7, 15, 31].map((rank) =>
      d(`blocks.${rank}`, `s(mean |v| of the block of rank ${rank}, from high to low)`),
    ),
    ...[0, 1, 3, 7, 15].map((rank) =>
      d(`blocks.turn.${rank}`, `s(mean |v_t - v_t-1| of the block of rank ${rank}, from high to low)`),
    ),
  ],
  compute(s: Snippet, out, offset) {
    const columns = Math.floor(s.width / BLOCK);
    const rows = Math.floor(s.height / BLOCK);
    const blocks = columns * rows;
    const u = new Float64Array(blocks * PAIRS);
    const v = new Float64Array(blocks * PAIRS);
    const energy = new Float64Array(blocks);
    const residue = new Float64Array(blocks);
    for (let t = 0; t < PAIRS; t++) blockMotion(s, t, columns, rows, u, v, energy, residue);

    const speed = new Float64Array(blocks * PAIRS);
    const own = new Float64Array(blocks * PAIRS);
    const acceleration = new Float64Array(blocks * (PAIRS - 1));
    const mean = new Float64Array(PAIRS);
    const fast = new Float64Array(PAIRS);
    const camera = new Float64Array(PAIRS);
    const directions = new Float64Array(8);
    const speeds = new Float64Array(6);
    const blockSpeed = new Float64Array(blocks);
    const blockTurn = new Float64Array(blocks);
    let turned = 0;
    let travelled = 0;
    let reversed = 0;
    let total = 0;
    let coherence = 0;
    let divergence = 0;
    let curl = 0;
    let shear = 0;
    for (let t = 0; t < PAIRS; t++) {
      const base = t * blocks;
      const medianU = quantile(u.slice(base, base + blocks).sort(), 0.5);
      const medianV = quantile(v.slice(base, base + blocks).sort(), 0.5);
      camera[t] = Math.hypot(medianU, medianV);
      let sumU = 0;
      let sumV = 0;
      let sum = 0;
      for (let b = 0; b < blocks; b++) {
        const i = base + b;
        const x = u[i]!;
        const y = v[i]!;
        const m = Math.sqrt(x * x + y * y);
        speed[i] = m;
        own[i] = Math.hypot(x - medianU, y - medianV);
        sum += m;
        sumU += x;
        sumV += y;
        let bin = 0;
        while (bin < EDGES.length && m >= EDGES[bin]!) bin++;
        speeds[bin]!++;
        blockSpeed[b]! += m / PAIRS;
        if (m > 0) directions[(Math.round(Math.atan2(y, x) / (Math.PI / 4)) + 8) % 8]! += m;
        if (t > 0) {
          const px = u[i - blocks]!;
          const py = v[i - blocks]!;
          const turn = Math.hypot(x - px, y - py);
          acceleration[i - blocks] = turn;
          blockTurn[b]! += turn / (PAIRS - 1);
          turned += turn;
          travelled += m + Math.sqrt(px * px + py * py);
          if (x * px + y * py < 0) reversed += m;
        }
        const column = b % columns;
        if (column + 1 < columns && b + columns < blocks) {
          const ux = u[i + 1]! - x;
          const vx = v[i + 1]! - y;
          const uy = u[i + columns]! - x;
          const vy = v[i + columns]! - y;
          divergence += Math.abs(ux + vy);
          curl += Math.abs(uy - vx);
          shear += Math.sqrt(ux * ux + vx * vx + uy * uy + vy * vy);
        }
      }
      total += sum;
      mean[t] = sum / blocks;
      fast[t] = quantile(speed.slice(base, base + blocks).sort(), 0.9);
      coherence += Math.hypot(sumU, sumV) / (sum + 0.02 * blocks) / PAIRS;
    }
    const inner = (columns - 1) * (rows - 1) * PAIRS;
    for (const values of [speed, own, acceleration]) values.sort();
    const floor = 0.02 * blocks * PAIRS;
    const w = new Writer(out, offset);
    for (const values of [speed, own, acceleration])
      w.put(...QUANTILES.map((q) => compressSpeed(quantile(values, q))));
    w.put(...hellinger(speeds, 0));
    const a = summary(mean);
    w.put(...[a.mean, a.max, a.min, a.sd, a.step].map(compressSpeed));
    const f = summary(fast);
    w.put(...[f.mean, f.max, f.sd, f.step].map(compressSpeed));
    const c = summary(camera);
    w.put(...[c.mean, c.max, c.step].map(compressSpeed));
    w.put(...hellinger(directions, floor), entropy(directions, floor));
    let largest = 0;
    for (let bin = 1; bin < 8; bin++) if (directions[bin]! > directions[largest]!) largest = bin;
    w.put(directions[largest]! / (total + floor));
    w.put(directions[(largest + 4) % 8]! / (directions[largest]! + floor / 8));
    w.put(turned / (travelled + floor), reversed / (total + floor), coherence);
    w.put(...[divergence, curl, shear].map((sum) => compressSpeed(sum / inner)));
    w.put(unexplained(energy, residue, blocks), unexplained(energy, residue, 6));
    blockSpeed.sort().reverse();
    blockTurn.sort().reverse();
    w.put(...[0, 1, 3, 7, 15, 31].map((rank) => compressSpeed(blockSpeed[Math.min(rank, blocks - 1)]!)));
    w.put(...[0, 1, 3, 7, 15].map((rank) => compressSpeed(blockTurn[Math.min(rank, blocks - 1)]!)));
  },
};

/** Solves (S + NOISE I) v = -s for every block of pair t, with the gradients averaged over both frames. */
function blockMotion(
  s: Snippet,
  t: number,
  columns: number,
  rows: number,
  u: Float64Array,
  v: Float64Array,
  energy: Float64Array,
  residue: Float64Array,
): void {
  const { width, diff, gx, gy } = s;
  const d = diff[t]!;
  const x0 = gx[t]!;
  const x1 = gx[t + 1]!;
  const y0 = gy[t]!;
  const y1 = gy[t + 1]!;
  const share = 1 / (BLOCK * BLOCK);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
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
      xx = xx * share + NOISE;
      yy = yy * share + NOISE;
      xy *= share;
      xt *= share;
      yt *= share;
      tt *= share;
      const determinant = xx * yy - xy * xy;
      const a = (xy * yt - yy * xt) / determinant;
      const b = (xy * xt - xx * yt) / determinant;
      const block = row * columns + column;
      u[t * columns * rows + block] = a;
      v[t * columns * rows + block] = b;
      energy[block]! += tt;
      // With the optimal v the quadratic form leaves tt + v.s.
      residue[block]! += Math.max(0, tt + a * xt + b * yt);
    }
  }
}

function unexplained(energy: Float64Array, residue: Float64Array, count: number): number {
  const order = Array.from(energy.keys()).sort((a, b) => energy[b]! - energy[a]! || a - b);
  let left = 0;
  let sum = 1e-6;
  for (const block of order.slice(0, count)) {
    left += residue[block]!;
    sum += energy[block]!;
  }
  return left / sum;
}
