import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClipCorruption, createFrameCorruption } from '../src/index.js';
import { noiseFrame } from './frames.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

// A frame of these tests is 576 bytes, a view of it about 100, a boxed number 16.
const NOTHING = 16;

/** Bytes that a step leaves behind, the least of some rounds. */
function grownBy(step: (index: number) => void): number {
  const run = (from: number, frames: number) => {
    for (let index = from; index < from + frames; index++) step(index);
  };
  let least = Infinity;
  // More rounds only while the compiler, which works beside this, has not got to the code yet.
  for (let round = 0; round < 25 && least >= NOTHING; round++) {
    run(6000 * round, 2000);
    collect();
    const before = process.memoryUsage();
    run(6000 * round + 2000, 4000);
    const after = process.memoryUsage();
    const grown = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
    // Less than before: something was collected meanwhile, and the round says nothing.
    if (grown >= 0) least = Math.min(least, grown / 4000);
  }
  return least;
}

const [width, height] = [16, 12];
const frame = noiseFrame(width, height, 1);
const out = noiseFrame(width, height, 2);

test.each(['brightness', 'contrast', 'fog', 'rain', 'motion-blur', 'saturate', 'shot-noise'] as const)(
  '%s allocates nothing for a frame',
  (name) => {
    const corruption = createFrameCorruption(name, { width, height, severity: 3, seed: 1 });
    expect(grownBy((index) => corruption.apply(frame, index, out))).toBeLessThan(NOTHING);
  },
);

test('a stream of frames allocates nothing once it is open', () => {
  const stream = createClipCorruption('motion-blur', { width, height, severity: 1 }).stream();
  expect(grownBy(() => stream.push(frame, out))).toBeLessThan(NOTHING);
});
