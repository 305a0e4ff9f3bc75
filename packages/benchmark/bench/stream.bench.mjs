// How long a camera waits for the scores of a snippet: every backbone, both modalities in the shared space.
import { setTimeout } from 'node:timers/promises';
import { hypervd } from '@robusta/backbone-hypervd';
import { rtfm } from '@robusta/backbone-rtfm';
import { xdviodet } from '@robusta/backbone-xdviodet';
import { createRng } from '@robusta/core';
import { createStreamScorer, trainDetector } from '@robusta/detector';
import { record } from '@robusta/test-kit/bench';

const visualDim = 1024;
const audioDim = 128;
const window = 64;
/** 16 frames at 24 a second. */
const snippetMs = 1000 * (16 / 24);
const threads = 2;

const rng = createRng(1);
const normals = (size) => Float32Array.from({ length: size }, () => rng.normal());
const sequence = (modality, crops, dim) => {
  const length = 4;
  return { modality, length, crops, dim, data: normals(length * crops * dim) };
};

/** One step on two short videos: how good it is does not matter here. */
const detectorOf = (backbone, crops) =>
  trainDetector({
    backbone,
    fusion: 'shared',
    data: [0, 1].map((label) => ({
      id: `video-${label}`,
      label,
      visual: sequence('visual', crops, visualDim),
      audio: sequence('audio', 1, audioDim),
    })),
    epochs: 1,
    batchSize: 2,
    maxLength: 4,
    threads,
  });

/** Pushes with a pause after each, as a camera makes them, so that the threads of ONNX Runtime have gone to sleep. */
async function pushTimes(scorer, crops, { count, pauseMs }) {
  const snippets = Array.from({ length: 8 }, () => ({
    visual: normals(crops * visualDim),
    audio: normals(audioDim),
  }));
  for (let i = 0; i < window; i++) await scorer.push(snippets[i % snippets.length]);
  const times = [];
  for (let i = 0; i < count; i++) {
    await setTimeout(pauseMs);
    const start = performance.now();
    await scorer.push(snippets[i % snippets.length]);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

/** What a long stream leaves behind, native memory included. */
async function memoryOf(detector, crops) {
  const scorer = createStreamScorer(detector);
  const snippet = { visual: normals(crops * visualDim), audio: normals(audioDim) };
  let before;
  for (let count = 1; count <= 10_000; count++) {
    await scorer.push(snippet);
    if (count !== 1000 && count !== 10_000) continue;
    const value = process.memoryUsage.rss() / 2 ** 20;
    const growth = before && { peer: 'of that after 1000', ratio: value / before, target: '1' };
    const name = `xdviodet, online branch, resident memory after ${count} pushes`;
    record({ package: '@robusta/detector', name, value, unit: 'MB', ...growth });
    before = value;
  }
  scorer.dispose();
}

for (const backbone of [xdviodet, hypervd, rtfm]) {
  for (const crops of [1, 5]) {
    const detector = await detectorOf(backbone, crops);
    const hasOnline = createStreamScorer(detector).branch === 'online';
    for (const branch of hasOnline ? ['online', 'offline'] : ['offline']) {
      const start = performance.now();
      const scorer = createStreamScorer(detector, { branch, window });
      await scorer.ready();
      const readyMs = performance.now() - start;
      const times = await pushTimes(scorer, crops, { count: 200, pauseMs: 20 });
      const what = branch === 'online' ? 'online branch' : `sliding window of ${window}`;
      const name = `${backbone.name}, ${what}, ${crops} × ${visualDim} + ${audioDim}`;
      const put = (figure, value, rest) =>
        record({ package: '@robusta/detector', name: `${name}: ${figure}`, value, unit: 'ms', ...rest });
      put('compiling', readyMs);
      put('push, p50', times[times.length >> 1]);
      const p99 = times[Math.floor(0.99 * times.length)];
      const target = `< ${Math.round(snippetMs)}`;
      put('push, p99', p99, { peer: 'as fast as snippets come', ratio: snippetMs / p99, target });
      scorer.dispose();
    }
    if (hasOnline && crops === 1) await memoryOf(detector, crops);
    detector.dispose();
  }
}
