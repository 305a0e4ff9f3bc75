import './pixelwise.bench.mjs';
import { createFrameCorruption } from '@robusta/corruptions-visual';
import { measure, record } from '@robusta/test-kit/bench';
import { createLineBlur } from '../dist/line-blur.js';
import { motionBlurKernel, motionBlurOffsets, motionBlurTaps } from '../dist/motion-taps.js';

const name = '@robusta/corruptions-visual';
// Milliseconds at 640 x 360: 5 times faster than the numpy reference.
const targets = { 'motion-blur': 4.8 };

function frameOf(width, height) {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = (Math.imul(i, 2654435761) >>> 13) % 251;
  return { width, height, data };
}

for (const [width, height] of [
  [640, 360],
  [1280, 720],
]) {
  const frame = frameOf(width, height);
  const out = frameOf(width, height);
  for (const [corruption, target] of Object.entries(targets)) {
    const options = { severity: 3, seed: 1, width, height, fps: 25 };
    const applied = createFrameCorruption(corruption, options);
    let index = 0;
    const value = await measure(() => applied.apply(frame, index++, out));
    const goal = width === 640 ? { target: `<= ${target} ms` } : {};
    record({
      package: name,
      name: `${corruption}, severity 3, ${width}x${height}`,
      value,
      unit: 'ms a frame',
      ...goal,
    });
    const setUp = await measure(() => createFrameCorruption(corruption, options), { seconds: 0.3 });
    record({
      package: name,
      name: `${corruption}, set up, ${width}x${height}`,
      value: setUp,
      unit: 'ms a video',
    });
  }
}

const frame = frameOf(640, 360);
const out = frameOf(640, 360);
const kernel = motionBlurKernel(15, 8);
const taps = motionBlurTaps(kernel, motionBlurOffsets(kernel.length, 20), 640, 360);
const time = (vectors) => {
  const blur = createLineBlur(640, 360, taps, 0, vectors);
  return measure(() => blur(frame.data, out.data));
};
const [vectors, plain] = [await time(true), await time(false)];
record({
  package: name,
  name: 'motion-blur, severity 3, 640x360, WebAssembly vectors',
  value: vectors,
  unit: 'ms a frame',
  peer: 'of plain loops',
  ratio: plain / vectors,
});
