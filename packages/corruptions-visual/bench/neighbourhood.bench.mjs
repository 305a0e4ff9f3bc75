// Rain and both motion blurs against the reference formulas in Python, and against a copy of the frame.
import { createClipCorruption, createFrameCorruption } from '@robusta/corruptions-visual';
import { measure, record } from '@robusta/test-kit/bench';
import { runPeer } from './peers/python.mjs';
import { scene } from './scene.mjs';
import { withoutVectors } from './without-vectors.mjs';

const name = '@robusta/corruptions-visual';

/** A step from frame to frame of each corruption, and what it reads and writes beside the frame: bytes a pixel. */
const rows = [
  { corruption: 'rain', tables: 9, open: byFrame('rain') },
  { corruption: 'motion-blur', tables: 24, open: byFrame('motion-blur') },
  { corruption: 'motion-blur, temporal', tables: 18, open: byClip },
];

function byFrame(corruption) {
  return (options) => {
    const applied = createFrameCorruption(corruption, options);
    let index = 0;
    return (frame, out) => applied.apply(frame, index++, out);
  };
}

function byClip(options) {
  const stream = createClipCorruption('motion-blur', options).stream();
  return (frame, out) => stream.push(frame, out);
}

for (const [width, height] of [
  [640, 360],
  [1280, 720],
]) {
  const small = width === 640;
  const frame = scene(width, height);
  const out = scene(width, height);
  const peers = small ? runPeer('neighbourhood.py', frame, ['numpy, cv2', 'numpy']) : undefined;
  const copy = await measure(() => out.data.set(frame.data), { seconds: 0.3 });
  for (const { corruption, tables, open } of rows) {
    const options = { severity: 3, seed: 1, width, height, fps: 25 };
    const title = `${corruption}, severity 3, ${width}x${height}`;
    const step = open(options);
    const value = await measure(() => step(frame, out), { seconds: 0.5 });
    const megabytes = (width * height * (6 + tables)) / 1e6;
    const moved = `${megabytes.toFixed(2)} MB in and out, ${(value / copy).toFixed(1)} copies`;
    const row = { package: name, name: `${title} (${moved})`, value, unit: 'ms a frame' };
    const reference = peers?.milliseconds[corruption];
    if (!small) record({ ...row, target: '<= 41.7 ms (24 frames a second)' });
    else if (reference === undefined) record(row);
    else {
      const library = `of numpy ${peers.numpy}, streaks and box blur by ${peers.drawing}`;
      record({ ...row, peer: library, ratio: reference / value, target: '>= 5x' });
    }
    const slowStep = withoutVectors(() => open(options));
    const slow = await measure(() => slowStep(frame, out), { seconds: 0.3 });
    record({
      package: name,
      name: `${title}, plain loops`,
      value: slow,
      unit: 'ms a frame',
      peer: 'the time of vectors',
      ratio: slow / value,
    });
  }
}
