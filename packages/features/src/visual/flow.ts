import { quantile } from '@robusta/core';
import { summary } from '../statistics.js';
import { type BlockMotion, blockMotion } from './block-motion.js';
import { compressSpeed, entropy, type FeatureGroup, hellinger, Writer } from './group.js';
import type { Snippet } from './snippet.js';

/** Speed that counts as noise in each block (px/frame). */
const FLOOR = 0.02;
const SPEED = 'px/frame';
const QUANTILES = [0.5, 0.75, 0.9, 0.97, 1];
const UPPER = QUANTILES.slice(1);

const d = (name: string, formula: string, unit = SPEED) => ({ name: `flow.${name}`, formula, unit });
const label = (q: number) => (q === 1 ? 'max' : `p${Math.round(q * 100)}`);
const word = (q: number) => (q === 1 ? 'largest' : `${Math.round(q * 100)}th percentile`);

/** Motion of 8x8 pixel blocks: speed, direction, erratic change. */
export const flow: FeatureGroup = {
  dimensions: [
    ...QUANTILES.map((q) => d(`speed.${label(q)}`, `s(${word(q)} of |v| over blocks and pairs)`)),
    ...UPPER.map((q) => d(`own.${label(q)}`, `s(${word(q)} of |v - median v of the pair|)`)),
    ...UPPER.map((q) => d(`acceleration.${label(q)}`, `s(${word(q)} of |v_t - v_t-1|)`, 'px/frame^2')),
    d('series.mean', 's(mean over pairs of the mean |v|)'),
    d('series.max', 's(largest over pairs of the mean |v|)'),
    d('series.sd', 's(standard deviation over pairs of the mean |v|)'),
    d('series.step', 's(mean step from pair to pair of the mean |v|)'),
    d('camera.mean', 's(mean over pairs of |median v|)'),
    d('camera.step', 's(mean step from pair to pair of |median v|)'),
    ...Array.from({ length: 8 }, (_, bin) =>
      d(`direction.${bin}`, `sqrt of the share of |v| towards ${45 * bin} degrees (0 right, 90 down)`, '1'),
    ),
    d('direction.entropy', 'entropy of these shares / ln 8', '1'),
    d('direction.opposed', 'share of the direction opposite to the largest one over the largest', '1'),
    d('turning', 'sum |v_t - v_t-1| over sum (|v_t| + |v_t-1|)', '1'),
    d('reversal', 'share of |v| in blocks that moved the other way in the pair before', '1'),
    d('coherence', '|mean v| / mean |v|, mean over pairs', '1'),
    d('divergence', 's(mean |u_x + v_y| between neighbouring blocks)'),
    d('curl', 's(mean |u_y - v_x| between neighbouring blocks)'),
    d('shear', 's(mean length of the differences of v to the blocks right and below)'),
    d('unexplained', 'share of D^2 that the block motions leave', '1'),
    d('unexplained.top', 'the same in the six blocks with most D^2', '1'),
  ],
  compute(snippet: Snippet, out, offset) {
    const motion = blockMotion(snippet);
    const blocks = motion.columns * motion.rows;
    const pairs = snippet.diff.length;
    const speed = speeds(motion.u, motion.v);
    const camera = medians(motion, pairs);
    const own = ownSpeeds(motion, camera);
    const acceleration = accelerations(motion);
    const turning = turns(motion, speed);
    const directions = directionSums(motion, speed);
    const total = sum(speed) + FLOOR * speed.length;
    const series = summary(means(speed, blocks));
    const pan = summary(camera.u.map((u, t) => Math.hypot(u, camera.v[t]!)));
    const coherence = coherences(motion, speed, pairs);
    for (const values of [speed, own, acceleration]) values.sort();
    const w = new Writer(out, offset);
    w.put(...QUANTILES.map((q) => compressSpeed(quantile(speed, q))));
    for (const values of [own, acceleration]) w.put(...UPPER.map((q) => compressSpeed(quantile(values, q))));
    w.put(...[series.mean, series.max, series.sd, series.step, pan.mean, pan.step].map(compressSpeed));
    const floor = FLOOR * speed.length;
    w.put(...hellinger(directions, floor), entropy(directions, floor), opposed(directions, floor));
    w.put(turning.turned / (turning.travelled + floor), turning.reversed / total, coherence);
    w.put(...deformation(motion, pairs).map(compressSpeed));
    w.put(unexplained(motion, blocks), unexplained(motion, 6));
  },
};

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

function speeds(u: Float64Array, v: Float64Array): Float64Array {
  const out = new Float64Array(u.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(u[i]! * u[i]! + v[i]! * v[i]!);
  return out;
}

function means(speed: Float64Array, blocks: number): Float64Array {
  const pairs = speed.length / blocks;
  return Float64Array.from(
    { length: pairs },
    (_, t) => sum(speed.subarray(t * blocks, (t + 1) * blocks)) / blocks,
  );
}

/** Median motion of each pair: that of the camera, if it moves. */
function medians({ u, v, columns, rows }: BlockMotion, pairs: number): { u: Float64Array; v: Float64Array } {
  const blocks = columns * rows;
  const of = (values: Float64Array) =>
    Float64Array.from({ length: pairs }, (_, t) =>
      quantile(values.slice(t * blocks, (t + 1) * blocks).sort(), 0.5),
    );
  return { u: of(u), v: of(v) };
}

function ownSpeeds(
  { u, v, columns, rows }: BlockMotion,
  camera: { u: Float64Array; v: Float64Array },
): Float64Array {
  const blocks = columns * rows;
  const out = new Float64Array(u.length);
  for (let i = 0; i < out.length; i++) {
    const t = Math.floor(i / blocks);
    const x = u[i]! - camera.u[t]!;
    const y = v[i]! - camera.v[t]!;
    out[i] = Math.sqrt(x * x + y * y);
  }
  return out;
}

function accelerations({ u, v, columns, rows }: BlockMotion): Float64Array {
  const blocks = columns * rows;
  const out = new Float64Array(u.length - blocks);
  for (let i = 0; i < out.length; i++) {
    const x = u[i + blocks]! - u[i]!;
    const y = v[i + blocks]! - v[i]!;
    out[i] = Math.sqrt(x * x + y * y);
  }
  return out;
}

function turns({ u, v, columns, rows }: BlockMotion, speed: Float64Array) {
  const blocks = columns * rows;
  let turned = 0;
  let travelled = 0;
  let reversed = 0;
  for (let i = blocks; i < u.length; i++) {
    const x = u[i]! - u[i - blocks]!;
    const y = v[i]! - v[i - blocks]!;
    turned += Math.sqrt(x * x + y * y);
    travelled += speed[i]! + speed[i - blocks]!;
    if (u[i]! * u[i - blocks]! + v[i]! * v[i - blocks]! < 0) reversed += speed[i]!;
  }
  return { turned, travelled, reversed };
}

/** Sums of |v| by direction, bins of 45 degrees centred on 0, 45, ... */
function directionSums({ u, v }: BlockMotion, speed: Float64Array): Float64Array {
  const out = new Float64Array(8);
  for (let i = 0; i < speed.length; i++) {
    if (speed[i]! > 0) out[(Math.round(Math.atan2(v[i]!, u[i]!) / (Math.PI / 4)) + 8) % 8]! += speed[i]!;
  }
  return out;
}

function opposed(directions: Float64Array, floor: number): number {
  let largest = 0;
  for (let bin = 1; bin < 8; bin++) if (directions[bin]! > directions[largest]!) largest = bin;
  return directions[(largest + 4) % 8]! / (directions[largest]! + floor / 8);
}

function coherences({ u, v, columns, rows }: BlockMotion, speed: Float64Array, pairs: number): number {
  const blocks = columns * rows;
  let total = 0;
  for (let t = 0; t < pairs; t++) {
    const part = (values: Float64Array) => sum(values.subarray(t * blocks, (t + 1) * blocks));
    total += Math.hypot(part(u), part(v)) / (part(speed) + FLOOR * blocks) / pairs;
  }
  return total;
}

/** Mean |divergence|, |curl| and shear between neighbouring blocks. */
function deformation({ u, v, columns, rows }: BlockMotion, pairs: number): [number, number, number] {
  let divergence = 0;
  let curl = 0;
  let shear = 0;
  for (let t = 0; t < pairs; t++) {
    for (let row = 0; row < rows - 1; row++) {
      const start = (t * rows + row) * columns;
      for (let i = start; i < start + columns - 1; i++) {
        const ux = u[i + 1]! - u[i]!;
        const vx = v[i + 1]! - v[i]!;
        const uy = u[i + columns]! - u[i]!;
        const vy = v[i + columns]! - v[i]!;
        divergence += Math.abs(ux + vy);
        curl += Math.abs(uy - vx);
        shear += Math.sqrt(ux * ux + vx * vx + uy * uy + vy * vy);
      }
    }
  }
  const count = (columns - 1) * (rows - 1) * pairs;
  return [divergence / count, curl / count, shear / count];
}

function unexplained({ energy, residue }: BlockMotion, count: number): number {
  const order = Array.from(energy.keys()).sort((a, b) => energy[b]! - energy[a]! || a - b);
  let left = 0;
  let all = 1e-6;
  for (const block of order.slice(0, count)) {
    left += residue[block]!;
    all += energy[block]!;
  }
  return left / all;
}
