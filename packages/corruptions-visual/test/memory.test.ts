import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createFrameCorruption } from '../src/index.js';
import { noiseFrame } from './frames.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test.each(['brightness', 'contrast', 'fog', 'motion-blur', 'saturate', 'shot-noise'] as const)(
  '%s allocates nothing for a frame',
  (name) => {
    const [width, height] = [16, 12];
    const corruption = createFrameCorruption(name, { width, height, severity: 3, seed: 1 });
    const frame = noiseFrame(width, height, 1);
    const out = noiseFrame(width, height, 2);
    const run = (from: number, frames: number) => {
      for (let index = from; index < from + frames; index++) corruption.apply(frame, index, out);
    };
    run(0, 10000);
    const grown = [1, 2, 3].map((round) => {
      collect();
      const before = process.memoryUsage();
      run(10000 * round, 4000);
      const after = process.memoryUsage();
      return (after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers) / 4000;
    });
    // A frame of this size is 576 bytes, a view of it about 100, a boxed number 16.
    expect(Math.min(...grown)).toBeLessThan(16);
  },
);
