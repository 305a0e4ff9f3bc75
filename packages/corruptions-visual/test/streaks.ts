import { clipStreak, type StreakShape } from '../src/rain-streak.js';

/** 1 for each pixel that a streak covers, 0 for the others. */
export function drawStreaks(width: number, height: number, shape: StreakShape, starts: Int32Array) {
  const mask = new Uint8Array(width * height);
  const visible = { first: 0, end: 0 };
  for (let i = 0; i < starts.length; i += 2) {
    const x = starts[i]!;
    const y = starts[i + 1]!;
    clipStreak(shape, x, y, width, height, visible);
    for (let row = visible.first; row < visible.end; row++) {
      mask[(y + row) * width + x + shape.columns[row]!] = 1;
    }
  }
  return mask;
}
