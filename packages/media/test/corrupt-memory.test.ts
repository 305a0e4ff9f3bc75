import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from './fixtures.js';

const { path } = temporaryFolder();
const root = fileURLToPath(new URL('..', import.meta.url));

/** A process of its own, with the built package: jest's own memory would hide it. */
const program = `
import { corruptMedia, writeMedia } from '@robusta/media';
const [, input, output] = process.argv;
const [fps, seconds] = [2, 600];
const data = Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => i & 255);
function* frames() {
  for (let i = 0; i < fps * seconds; i++) yield { width: 64, height: 48, data };
}
function* audio() {
  const samples = Float32Array.from({ length: 8000 * 20 }, (_, i) => Math.sin(i / 9) / 3);
  for (let i = 0; i < seconds / 20; i++) yield { sampleRate: 8000, channels: [samples] };
}
await writeMedia(input, { frames: frames(), fps, audio: audio(), preset: 'ultrafast' });
let early = 0;
let late = 0;
await corruptMedia(input, output, {
  visual: { name: 'motion-blur', mode: 'temporal', severity: 3 },
  audio: { name: 'white', severity: 3 },
  onProgress({ stage, done, total }) {
    if (stage !== 'corrupting') return;
    const { rss } = process.memoryUsage();
    if (done < total / 4) early = Math.max(early, rss);
    else late = Math.max(late, rss);
  },
});
console.log(JSON.stringify({ early, late }));
`;

test('ten minutes need no more memory than the first of them', async () => {
  const args = ['--input-type=module', '--eval', program, path('long.mp4'), path('out.mp4')];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  const { early, late } = JSON.parse(stdout);
  // The sound alone has 18 MiB as floats, the pictures 11; the index of the file grows by some hundred KiB.
  expect((late - early) / 2 ** 20).toBeLessThan(10);
});
