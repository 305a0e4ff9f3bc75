/*
 * Shows: average precision of two detectors on the same videos, with 95 % intervals, and whether they differ.
 * Frames of one video are not independent, so videos are resampled, and both detectors on the same resamples.
 * Prints:
 *
 *   60 videos, 27840 frames, AP of random scores 20.7 %
 *   first   AP 78.9 % [72.1, 83.7]
 *   second  AP 65.3 % [57.6, 71.6]
 *   difference 13.6 points [8.0, 19.1], p = 0.002
 */
import { createRng } from '@robusta/core';
import {
  averagePrecision,
  bootstrapDifference,
  bootstrapInterval,
  expandToFrames,
  frameLabels,
  poolFrames,
} from '@robusta/metrics';

// Sixty videos of 29 snippets; every second one has an anomaly. Put your own scores and intervals here.
const rng = createRng(3);
const first = [];
const second = [];
for (let video = 0; video < 60; video++) {
  const start = rng.int(16);
  const anomalous = (t) => video % 2 === 1 && t >= start && t < start + 12;
  const snippetScores = (separation) =>
    Array.from({ length: 29 }, (_, t) => rng.normal() + (anomalous(t) ? separation : 0));
  const intervals = video % 2 === 1 ? [/** @type {const} */ ([16 * start, 16 * (start + 12)])] : [];
  const labels = frameLabels(intervals, 29 * 16);
  first.push({ labels, scores: expandToFrames(snippetScores(2)) });
  second.push({ labels, scores: expandToFrames(snippetScores(1.6)) });
}

const percent = (value) => (100 * value).toFixed(1);
const { labels } = poolFrames(first);
const share = labels.reduce((sum, label) => sum + label, 0) / labels.length;
console.log(`60 videos, ${labels.length} frames, AP of random scores ${percent(share)} %`);

const options = { samples: 1000, seed: 1 };
for (const [name, videos] of Object.entries({ first, second })) {
  const pooled = poolFrames(videos);
  const { low, high } = bootstrapInterval(videos, averagePrecision, options);
  const ap = averagePrecision(pooled.labels, pooled.scores);
  console.log(`${name.padEnd(7)} AP ${percent(ap)} % [${percent(low)}, ${percent(high)}]`);
}
const { difference, low, high, pValue } = bootstrapDifference(first, second, averagePrecision, options);
const [d, l, h] = [difference, low, high].map(percent);
console.log(`difference ${d} points [${l}, ${h}], p = ${pValue.toFixed(3)}`);
