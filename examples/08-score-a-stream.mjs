/*
 * Shows: scores of a live stream, snippet by snippet, with bounded work, memory and delay. The camera here is a
 * generator of feature rows whose microphone fails for a while; the scores then rest on the picture alone.
 * Prints one mark a snippet (# a score above 0.7), under it whether there was sound, and how long a score took:
 *
 *   40 snippets, branch offline, waiting for 1 later ones
 *   score ....................#####...............
 *   sound +++++++++++++++++++++++++++++-----++++++
 *   slowest push: … ms
 */
import { rtfm } from '@robusta/backbone-rtfm';
import { createStreamScorer, trainDetector } from '@robusta/detector';
import { toySequence } from '@robusta/detector/testing';

// Noise of 24 snippets; in every second video two features of five snippets are raised, in picture and sound.
const data = Array.from({ length: 48 }, (_, i) => {
  const hot = i % 2 ? /** @type {const} */ ([i % 19, (i % 19) + 5]) : undefined;
  const rows = (modality, dim, seed) => toySequence(modality, { length: 24, dim, seed, hot });
  const label = /** @type {0 | 1} */ (i % 2);
  return { id: `video-${i}`, label, visual: rows('visual', 8, 2 * i), audio: rows('audio', 6, 2 * i + 1) };
});
const backboneOptions = { branchWidth: 16, fc1Width: 16, fc2Width: 8, dropout: 0.3, lengths: 'sample' };
const recipe = { epochs: 80, batchSize: 16, learningRate: 3e-3, maxLength: 24, seed: 1 };
const detector = await trainDetector({ backbone: rtfm, backboneOptions, data, fusion: 'shared', ...recipe });

async function* camera() {
  const hot = /** @type {const} */ ([20, 25]);
  const seen = toySequence('visual', { length: 40, dim: 8, seed: 901, hot });
  const heard = toySequence('audio', { length: 40, dim: 6, seed: 902, hot });
  for (let t = 0; t < 40; t++) {
    const visual = seen.data.subarray(8 * t, 8 * (t + 1));
    const silent = t >= 29 && t < 34;
    yield silent ? { visual } : { visual, audio: heard.data.subarray(6 * t, 6 * (t + 1)) };
  }
}

const stream = createStreamScorer(detector, { window: 24, lookahead: 1 });
await stream.ready();
let marks = '';
let sound = '';
for await (const { visual = 0, audio } of stream.scores(camera())) {
  const fused = audio === undefined ? visual : (visual + audio) / 2;
  marks += fused > 0.7 ? '#' : '.';
  sound += audio === undefined ? '-' : '+';
}
const { snippets, worstMs } = stream.latency;
console.log(`${marks.length} snippets, branch ${stream.branch}, waiting for ${snippets} later ones`);
console.log(`score ${marks}`);
console.log(`sound ${sound}`);
console.log(`slowest push: ${worstMs.toFixed(1)} ms`);
stream.dispose();
detector.dispose();
