import type { Ops } from '../graph/ops.js';
import { sizeOf, type Value } from '../graph/value.js';
import { Unsupported } from '../trace/unsupported.js';
import type { Call, LoweringTable } from './kernel.js';
import { scatterFlat } from './scatter.js';
import { type AxisFit, dilationWindow, fitAxis, kept, restored, type Window } from './window.js';

/** Where tfjs starts its search for the largest sum. */
const FLOOR = Number.MIN_SAFE_INTEGER;

interface Plan {
  window: Window;
  fits: AxisFit[];
  /** The input, cut and padded with -Infinity. */
  padded: Value;
  /** x + filter for each place of the filter, row by row; each [batch, rows, columns, channels]. */
  sums: Value[];
}

function planOf(ops: Ops, x: Value, filter: Value, attributes: Call['attributes']): Plan {
  if (x.type !== 'float32' || filter.type !== 'float32') throw new Unsupported('only float32 is dilated');
  const window = dilationWindow(attributes, x.shape, filter.shape);
  const fits = window.axes.map(fitAxis);
  const padded = ops.pad(
    kept(ops, x, fits, 1),
    [0, ...fits.map((fit) => fit.padBefore), 0],
    [0, ...fits.map((fit) => fit.padAfter), 0],
    ops.scalar('float32', -Infinity),
  );
  const [rows, columns] = window.axes as [Window['axes'][number], Window['axes'][number]];
  const sums: Value[] = [];
  for (let h = 0; h < rows.size; h++) {
    for (let w = 0; w < columns.size; w++) {
      const begin = [h * rows.dilation, w * columns.dilation];
      const end = window.axes.map((axis, i) => begin[i]! + (axis.out - 1) * axis.stride + 1);
      const seen = ops.slice(
        padded,
        [1, 2],
        begin,
        end,
        window.axes.map((axis) => axis.stride),
      );
      const weight = ops.slice(filter, [0, 1], [h, w], [h + 1, w + 1]);
      sums.push(ops.add(seen, ops.reshape(weight, [filter.shape[2]!])));
    }
  }
  return { window, fits, padded, sums };
}

function dilation({ ops, inputs: { x, filter }, attributes }: Call): Value {
  const { outShape } = dilationWindow(attributes, x!.shape, filter!.shape);
  if (sizeOf(outShape) === 0) return ops.graph.splat(x!.type, outShape, 0);
  const { sums } = planOf(ops, x!, filter!, attributes);
  return ops.elementwise('Max', [...sums, ops.scalar('float32', FLOOR)], 'float32');
}

/** The place in the filter, counted row by row, that gave each maximum; the first of equals. int32. */
function winners(ops: Ops, sums: readonly Value[]): Value {
  let best = ops.binary('Max', sums[0]!, ops.scalar('float32', FLOOR));
  let place = ops.graph.splat('int32', best.shape, 0);
  for (const [i, sum] of sums.entries()) {
    if (i === 0) continue;
    place = ops.where(ops.compare('Greater', sum, best), ops.scalar('int32', i), place);
    best = ops.binary('Max', best, sum);
  }
  return place;
}

function inputGradient({ ops, inputs: { x, filter, dy }, attributes }: Call): Value {
  if (sizeOf(dy!.shape) === 0) return ops.graph.splat('float32', x!.shape, 0);
  const { window, fits, padded, sums } = planOf(ops, x!, filter!, attributes);
  const [batch, height, width, channels] = padded.shape as [number, number, number, number];
  const [rows, columns] = window.axes as [Window['axes'][number], Window['axes'][number]];
  const table = Array.from({ length: rows.size * columns.size }, (_, i) => {
    const [h, w] = [Math.floor(i / columns.size) * rows.dilation, (i % columns.size) * columns.dilation];
    return (h * width + w) * channels;
  });
  const count = (length: number, by: number) => Array.from({ length }, (_, i) => i * by);
  const axis = (steps: number[], shape: number[]) => ops.graph.constant('int32', shape, steps);
  const corner = [
    axis(count(batch, height * width * channels), [batch, 1, 1, 1]),
    axis(count(rows.out, rows.stride * width * channels), [rows.out, 1, 1]),
    axis(count(columns.out, columns.stride * channels), [columns.out, 1]),
    axis(count(channels, 1), [channels]),
  ].reduce((sum, part) => ops.add(sum, part));
  const positions = ops.add(
    ops.gather(ops.graph.constant('int32', [table.length], table), winners(ops, sums), 0),
    corner,
  );
  const whole = scatterFlat(ops, padded.shape, positions, dy!);
  const begin = fits.map((fit) => fit.padBefore);
  const end = fits.map((fit, i) => padded.shape[1 + i]! - fit.padAfter);
  return restored(ops, ops.slice(whole, [1, 2], begin, end), fits, window.axes, 1);
}

function filterGradient({ ops, inputs: { x, filter, dy }, attributes }: Call): Value {
  if (sizeOf(dy!.shape) === 0) return ops.graph.splat('float32', filter!.shape, 0);
  const { sums } = planOf(ops, x!, filter!, attributes);
  const channels = filter!.shape[2]!;
  const channel = ops.graph.constant(
    'int32',
    [channels],
    Array.from({ length: channels }, (_, i) => i),
  );
  const place = ops.mul(winners(ops, sums), ops.scalar('int32', channels));
  return scatterFlat(ops, filter!.shape, ops.add(place, channel), dy!);
}

export const morphology: LoweringTable = {
  Dilation2D: dilation,
  Dilation2DBackpropInput: inputGradient,
  Dilation2DBackpropFilter: filterGradient,
};
