import * as tf from '@tensorflow/tfjs';

/** See conv1d. */
type Reach = Record<'padLeft' | 'padRight' | 'dilation', number>;

type Matrix = readonly (readonly number[])[];

/** Steps of the input that are multiplied by the filter at once. */
const TILE = 4;

/*
 * Polynomials are multiplied by their values at 0, P, -P, Q, -Q and infinity (the leading coefficient). Matrices have rows for
 * the even and the odd part where there is a pair of points: `pairs` makes values of them and the reverse. Other points,
 * such as 3/4 and 3/2, round a third less, but fewer factors would be 1, which cost a pass each.
 */
const P = 1;
const Q = 2;
const P2 = P * P;
const Q2 = Q * Q;

/** Of four steps of the input, powers rising with time. */
const ofInput: Matrix = [
  [1, 0, 0, 0],
  [1, 0, P2, 0],
  [0, P, 0, P * P2],
  [1, 0, Q2, 0],
  [0, Q, 0, Q * Q2],
  [0, 0, 0, 1],
];

/** Denominators of the interpolation, and of the sum and difference of a pair: the filter has them, which is smallest. */
const byP = 1 / (2 * P2 * (Q2 - P2));
const byQ = 1 / (2 * Q2 * (Q2 - P2));

/** Of three taps, which run against time. */
const ofFilter: Matrix = [
  [0, 0, 1],
  [P2 * byP, 0, byP],
  [0, P * byP, 0],
  [Q2 * byQ, 0, byQ],
  [0, Q * byQ, 0],
  [1, 0, 0],
];

/** Six coefficients of the product from its values. */
const ofProduct: Matrix = [
  [1, 0, 0, 0, 0, 0],
  [0, 0, P * Q2, 0, -P2 * Q, P2 * Q2],
  [-(P2 + Q2) / (P2 * Q2), Q2, 0, -P2, 0, 0],
  [0, 0, -P, 0, Q, -(P2 + Q2)],
  [1 / (P2 * Q2), -1, 0, 1, 0, 0],
  [0, 0, 0, 0, 0, 1],
];

/** Sums of tensors with the weights in the rows. */
function combine(matrix: Matrix, terms: readonly tf.Tensor[]): tf.Tensor[] {
  const scaled = (j: number, factor: number) => (factor === 1 ? terms[j]! : tf.mul(terms[j]!, factor));
  return matrix.map(
    (row) =>
      row
        .flatMap((factor, j) => (factor === 0 ? [] : [{ factor, j }]))
        // A positive one first, so that what is -1 is subtracted.
        .sort((a, b) => b.factor - a.factor)
        .reduce<tf.Tensor | undefined>((sum, { factor, j }) => {
          if (!sum) return scaled(j, factor);
          return factor < 0 ? tf.sub(sum, scaled(j, -factor)) : tf.add(sum, scaled(j, factor));
        }, undefined)!,
  );
}

/** Even and odd parts to values at p and -p, or the reverse up to a factor 2. */
function pairs([zero, even1, odd1, even2, odd2, infinity]: readonly tf.Tensor[]): tf.Tensor[] {
  return [
    zero!,
    tf.add(even1!, odd1!),
    tf.sub(even1!, odd1!),
    tf.add(even2!, odd2!),
    tf.sub(even2!, odd2!),
    infinity!,
  ];
}

/**
 * The convolution with three taps by Toom-Cook multiplication along time (Winograd's F(4, 3) transposed): four steps of the
 * input times a filter take six products instead of twelve. With a dilation every so many steps make a sequence of
 * their own.
 * @param x - [B, T, C]
 * @param w - [3, C, O]
 * @returns [B, T + padLeft + padRight - 2·dilation, O]
 */
export function toomCook(x: tf.Tensor, w: tf.Tensor, reach: Reach): tf.Tensor {
  const u = pairs(combine(ofFilter, taps(w)));
  const v = pairs(combine(ofInput, tiles(x, reach.dilation)));
  const products = v.map((value, i) => tf.matMul(value as tf.Tensor2D, u[i] as tf.Tensor2D));
  return overlapped(combine(ofProduct, pairs(products)), x.shape, reach);
}

/** The taps of a filter, [C, O] each. */
function taps(w: tf.Tensor): tf.Tensor[] {
  const [count, channels, outputs] = w.shape as [number, number, number];
  return Array.from({ length: count }, (_, j) =>
    tf.reshape(tf.slice(w, [j, 0, 0], [1, channels, outputs]), [channels, outputs]),
  );
}

/** The four steps of all tiles: [B, T, C] to [B·tiles·dilation, C] each, zeros in the last tile. */
function tiles(x: tf.Tensor, dilation: number): tf.Tensor[] {
  const [, length, channels] = x.shape as [number, number, number];
  // As many zeros for small dilations as for 4, so that convolutions of one sequence share the longer one.
  const padded = tf.pad(x, [
    [0, 0],
    [0, TILE * Math.max(4, dilation) - 1],
    [0, 0],
  ]);
  // By indices: the only size that they need is the number of tiles, a formula of the length in a graph for any.
  const count = Math.ceil(length / (TILE * dilation));
  const starts = tf.mul(tf.range(0, count, 1, 'int32'), tf.scalar(TILE * dilation, 'int32'));
  const firsts = tf.add(tf.expandDims(starts, 1), tf.range(0, dilation, 1, 'int32'));
  return Array.from({ length: TILE }, (_, i) => {
    const rows = tf.reshape(tf.add(firsts, tf.scalar(i * dilation, 'int32')), [-1]);
    return tf.reshape(tf.gather(padded, rows as tf.Tensor1D, 1), [-1, channels]);
  });
}

/** The six coefficients of all tiles, of which two reach into the next one, added up. */
function overlapped(
  coefficients: readonly tf.Tensor[],
  [batch, length]: readonly number[],
  { padLeft, padRight, dilation }: Reach,
): tf.Tensor {
  const width = dilation * coefficients[0]!.shape[1]!;
  // With one more tile, for what reaches beyond the last one.
  const byTile = coefficients.map((coefficient, i) =>
    tf.pad(tf.reshape(coefficient, [batch!, -1, 1, width]), [
      [0, 0],
      i < TILE ? [0, 1] : [1, 0],
      [0, 0],
      [0, 0],
    ]),
  );
  const steps = byTile
    .slice(0, TILE)
    .map((own, i) => (byTile[TILE + i] ? tf.add(own, byTile[TILE + i]!) : own));
  const sum = tf.reshape(tf.concat(steps, 2), [batch!, -1, coefficients[0]!.shape[1]!]);
  // Step t of the result is coefficient t + from; there are zeros before the first and after the last.
  const from = 2 * dilation - padLeft;
  const before = Math.max(0, -from);
  // One more than are needed: what is cut off is then never nothing, and the graph the same at every length.
  const after = Math.max(0, padRight + 1 - TILE * dilation);
  const padded = tf.pad(sum, [
    [0, 0],
    [before, after],
    [0, 0],
  ]);
  return tf.slice(padded, [0, from + before, 0], [batch!, length! + padRight - from, sum.shape[2]!]);
}
