// Pixelwise corruptions and fog against the reference formulas in Python, and against a copy of the frame.
import { createFrameCorruption } from '@robusta/corruptions-visual';
import { measure, record } from '@robusta/test-kit/bench';
import { runPeer } from './peers/python.mjs';
import { scene } from './scene.mjs';
import { withoutVectors } from './without-vectors.mjs';

const name = '@robusta/corruptions-visual';
/** How many times faster than the peer, and what a frame reads and writes beside itself: bytes a pixel. */
const rows = [
  { corruption: 'brightness', peer: 'brightness', target: 10, tables: 0 },
  { corruption: 'contrast', peer: 'contrast', target: 5, tables: 0 },
  { corruption: 'saturate', peer: 'saturate', target: 10, tables: 0 },
  { corruption: 'fog', peer: 'fog', target: 5, tables: 4 },
  { corruption: 'fog', peer: 'fog, shared map', target: 2, tables: 4 },
  { corruption: 'shot-noise', peer: 'shot-noise', target: 10, tables: 0 },
];

for (const [width, height] of [
  [640, 360],
  [1280, 720],
]) {
  const small = width === 640;
  const frame = scene(width, height);
  const out = scene(width, height);
  const peers = small ? runPeer('pixelwise.py', frame, ['numpy, skimage', 'numpy']) : undefined;
  const copy = await measure(() => out.data.set(frame.data), { seconds: 0.3 });
  record({ package: name, name: `copy of a frame, ${width}x${height}`, value: copy, unit: 'ms a frame' });
  for (const { corruption, peer, target, tables } of rows) {
    if (!small && peer !== corruption) continue;
    const options = { severity: 3, seed: 1, width, height, fps: 25 };
    const applied = createFrameCorruption(corruption, options);
    let index = 0;
    const value = await measure(() => applied.apply(frame, index++, out), { seconds: 0.5 });
    const megabytes = (width * height * (6 + tables)) / 1e6;
    const moved = `${megabytes.toFixed(2)} MB in and out, ${(value / copy).toFixed(1)} copies`;
    const row = {
      package: name,
      name: `${peer}, severity 3, ${width}x${height} (${moved})`,
      value,
      unit: 'ms a frame',
    };
    const reference = peers?.milliseconds[peer];
    if (!small) record({ ...row, target: '<= 41.7 ms (24 frames a second)' });
    else if (reference === undefined) record(row);
    else {
      const library = `of numpy ${peers.numpy}, HSV by ${peers.hsv}`;
      record({ ...row, peer: library, ratio: reference / value, target: `>= ${target}x` });
    }
    const plain = withoutVectors(() => createFrameCorruption(corruption, options));
    if (peer !== corruption) continue;
    const slow = await measure(() => plain.apply(frame, index++, out), { seconds: 0.3 });
    record({
      package: name,
      name: `${corruption}, severity 3, ${width}x${height}, plain loops`,
      value: slow,
      unit: 'ms a frame',
      peer: 'the time of vectors',
      ratio: slow / value,
    });
  }
}
