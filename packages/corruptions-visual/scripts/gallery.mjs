// Writes the pictures of the README to gallery/: one strip for each corruption, the frame as it is and then severities
// 1 to 5. Run it after a build: node scripts/gallery.mjs
import { mkdir, writeFile } from 'node:fs/promises';
import { createClipCorruption, createFrameCorruption, VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';
import { encodePng } from './png.mjs';
import { street } from './street.mjs';

const [width, height] = [120, 68];
const gap = 3;
const middle = 16;
const clip = Array.from({ length: 2 * middle }, (_, t) => street(width, height, t));
const folder = new URL('../gallery/', import.meta.url);
await mkdir(folder, { recursive: true });

for (const name of VISUAL_CORRUPTIONS) {
  if (name === 'bit-error') continue;
  await write(name, (options) => createFrameCorruption(name, options).apply(clip[middle], middle));
}
await write('motion-blur-temporal', (options) =>
  createClipCorruption('motion-blur', options).apply(clip, middle),
);

async function write(name, corrupt) {
  const severities = [1, 2, 3, 4, 5].map((severity) =>
    corrupt({ severity, seed: 5, width, height, fps: 25, scale: 'relative' }),
  );
  const png = encodePng(sideBySide([clip[middle], ...severities]));
  await writeFile(new URL(`${name}.png`, folder), png);
  console.log(`gallery/${name}.png  ${png.length} bytes`);
}

/** Frames of one size beside each other, white between them. */
function sideBySide(frames) {
  const stripWidth = frames.length * (width + gap) - gap;
  const strip = { width: stripWidth, height, data: new Uint8Array(3 * stripWidth * height).fill(255) };
  frames.forEach(({ data }, position) => {
    for (let y = 0; y < height; y++) {
      const row = data.subarray(3 * width * y, 3 * width * (y + 1));
      strip.data.set(row, 3 * (y * stripWidth + position * (width + gap)));
    }
  });
  return strip;
}
