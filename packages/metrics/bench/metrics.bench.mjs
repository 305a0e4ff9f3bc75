import { averagePrecision, bootstrapInterval, rankingMetrics } from '@robusta/metrics';
import { measure, record } from '@robusta/test-kit/bench';

// As many frames as the ground truth of XD-Violence has, 16 to a snippet, in about 800 videos.
const frames = 2_331_296;
let state = 800;
const uniform = () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 4294967296;
const labels = Uint8Array.from({ length: frames }, () => 0);
const snippets = new Float32Array(frames);
const distinct = new Float32Array(frames);
for (let i = 0; i < frames; i += 16) {
  const label = uniform() < 0.23 ? 1 : 0;
  labels.fill(label, i, i + 16);
  snippets.fill(0.25 * label + 0.75 * uniform(), i, i + 16);
}
for (let i = 0; i < frames; i++) distinct[i] = 0.25 * labels[i] + 0.75 * uniform();
const doubles = Float64Array.from(distinct, (score) => score + 1e-12);
const videos = [];
for (let i = 0; i < frames; i += 2912) {
  videos.push({ labels: labels.subarray(i, i + 2912), scores: snippets.subarray(i, i + 2912) });
}

async function rate(name, fn) {
  const milliseconds = await measure(fn, { seconds: 2 });
  const value = frames / milliseconds / 1000;
  record({ package: '@robusta/metrics', name, value, unit: 'million frames/s' });
}

await rate('AP, float32 scores of 16-frame snippets', () => averagePrecision(labels, snippets));
await rate('AP, distinct float32 scores', () => averagePrecision(labels, distinct));
await rate('AP, distinct float64 scores', () => averagePrecision(labels, doubles));
await rate('AP, PR-AUC and ROC-AUC together', () => rankingMetrics(labels, snippets));
const samples = 10_000;
const milliseconds = await measure(() => bootstrapInterval(videos, averagePrecision, { samples }), {
  minRuns: 1,
  seconds: 0,
});
record({
  package: '@robusta/metrics',
  name: `bootstrap of AP, ${samples} resamples of ${videos.length} videos`,
  value: milliseconds,
  unit: 'ms',
});
