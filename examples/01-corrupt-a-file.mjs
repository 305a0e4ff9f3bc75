/*
 * Shows: a corrupted copy of a video file, fog on the picture and babble under the sound, repeatable from a seed.
 * Run it on a file of your own: node examples/01-corrupt-a-file.mjs input.mp4 output.mp4
 * Prints, for the two seconds that it makes itself where no file is given:
 *
 *   48 frames of fog, strength 2.5
 *   88200 samples of babble at an SNR of 5 dB
 *   the copy: h264 96x64, 2.00 s
 *   a second copy is the same: true
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { corruptMedia, probe, writeMedia } from '@robusta/media';

const scratch = await mkdtemp(join(tmpdir(), 'robusta-example-'));
const [input = join(scratch, 'made.mp4'), output = join(scratch, 'copy.mp4')] = process.argv.slice(2);
if (!process.argv[2]) {
  const shade = (t) => Uint8Array.from({ length: 96 * 64 * 3 }, (_, i) => (i + 4 * t) % 256);
  const frames = Array.from({ length: 48 }, (_, t) => ({ width: 96, height: 64, data: shade(t) }));
  const tone = Float32Array.from({ length: 2 * 44_100 }, (_, i) => 0.4 * Math.sin(i / 16));
  await writeMedia(input, { frames, fps: 24, audio: { sampleRate: 44_100, channels: [tone] } });
}

/** @type {import('@robusta/media').CorruptOptions} */
const options = {
  visual: { name: 'fog', severity: 3 },
  audio: { name: 'babble', severity: 4 },
  seed: 7,
};
const { visual, audio } = await corruptMedia(input, output, options);
const value = (parameters, key) => parameters[key];
console.log(`${visual.frames} frames of ${visual.name}, strength ${value(visual.parameters, 'strength')}`);
console.log(`${audio.samples} samples of ${audio.name} at an SNR of ${value(audio.parameters, 'snrDb')} dB`);

const { video, duration } = await probe(output);
console.log(`the copy: ${video.codec} ${video.width}x${video.height}, ${duration.toFixed(2)} s`);

const again = join(scratch, 'again.mp4');
await corruptMedia(input, again, options);
console.log('a second copy is the same:', (await readFile(output)).equals(await readFile(again)));
await rm(scratch, { recursive: true });
