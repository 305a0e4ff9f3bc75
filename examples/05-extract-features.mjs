/*
 * Shows: features of a video file, one row for each 16 frames at 24 fps, with extractors that need no weights.
 * `{ kind: 'i3d-resnet50', model: 'i3d.onnx' }` and `{ kind: 'vggish', model: 'vggish.onnx' }` are used alike.
 * Run it on a file of your own: node examples/05-extract-features.mjs input.mp4
 * Prints, for the two seconds that it makes itself where no file is given:
 *
 *   visual: 3 snippets x 1 crop x 256 features
 *   audio: 3 snippets x 1 crop x 128 features
 *   read back from clip.npy: the same, made by robusta/lite-visual
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAudioExtractor,
  createVisualExtractor,
  extractModalities,
  readFeatures,
  writeFeatures,
} from '@robusta/features';
import { writeMedia } from '@robusta/media';

const scratch = await mkdtemp(join(tmpdir(), 'robusta-example-'));
const input = process.argv[2] ?? join(scratch, 'made.mp4');
if (!process.argv[2]) {
  const shade = (t) => Uint8Array.from({ length: 96 * 64 * 3 }, (_, i) => (i + 4 * t) % 256);
  const frames = Array.from({ length: 48 }, (_, t) => ({ width: 96, height: 64, data: shade(t) }));
  const tone = Float32Array.from({ length: 2 * 44_100 }, (_, i) => 0.4 * Math.sin(i / 16));
  await writeMedia(input, { frames, fps: 24, audio: { sampleRate: 44_100, channels: [tone] } });
}

const extractor = {
  visual: createVisualExtractor({ kind: 'lite' }),
  audio: createAudioExtractor({ kind: 'lite' }),
};
const { visual, audio } = await extractModalities(input, extractor);
for (const rows of [visual, audio]) {
  if (rows)
    console.log(`${rows.modality}: ${rows.length} snippets x ${rows.crops} crop x ${rows.dim} features`);
}

// A feature file knows how it was made: rows of another recipe are refused when they are read.
if (visual) {
  const { recipe, recipeHash } = extractor.visual.spec;
  const file = join(scratch, 'clip.npy');
  await writeFeatures(file, visual, { recipe, recipeHash, condition: 'clean' });
  const { sequence, sidecar } = await readFeatures(file, { recipeHash });
  const same = sequence.data.every((value, i) => value === visual.data[i]);
  console.log(
    `read back from clip.npy: ${same ? 'the same' : 'different'}, made by ${sidecar.recipe.extractor}`,
  );
}
await rm(scratch, { recursive: true });
