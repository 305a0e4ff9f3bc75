import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClipCorruption, createFrameCorruption } from '../src/index.js';
import { noiseFrame } from './frames.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that a step leaves behind, the least of some rounds, once it has run for a while. */
function grownBy(step: (index: number) => void): number {
  const run = (from: number, frames: number) => {
    for (let index = from; index < from + frames; index++) step(index);
  };
  run(0, 10000);
  const grown = [1, 2, 3].map((round) => {
    collect();
    const before = process.memoryUsage();
    run(10000 * round, 4000);
    const after = process.memoryUsage();
    return (after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers) / 4000;
  });
  return Math.min(...grown);
}

const [width, height] = [16, 12];
const frame = noiseFrame(width, height, 1);
const out = noiseFrame(width, height, 2);
// A frame of this size is 576 bytes, a view of it about 100, a boxed number 16.
const NOTHING = 16;

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
