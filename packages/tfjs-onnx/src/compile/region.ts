import type { TensorValues } from './compiled-function.js';

/**
 * Copies what two row-major arrays of the same rank have in common, from the origin on: into a larger one it pads,
 * into a smaller one it cuts.
 */
export function copyRegion(
  source: TensorValues,
  from: readonly number[],
  target: TensorValues,
  to: readonly number[],
): void {
  // Axes behind the last one that differs are copied in one piece.
  let depth = from.length;
  let block = 1;
  while (depth > 0 && from[depth - 1] === to[depth - 1]) block *= from[--depth]!;
  const copy = (axis: number, read: number, write: number): void => {
    if (axis >= depth) {
      target.set(source.subarray(read * block, (read + 1) * block), write * block);
      return;
    }
    const count = Math.min(from[axis]!, to[axis]!);
    if (axis === depth - 1) {
      const start = read * from[axis]! * block;
      target.set(source.subarray(start, start + count * block), write * to[axis]! * block);
      return;
    }
    for (let i = 0; i < count; i++) copy(axis + 1, read * from[axis]! + i, write * to[axis]! + i);
  };
  copy(0, 0, 0);
}
