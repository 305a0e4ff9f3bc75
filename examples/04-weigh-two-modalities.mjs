/*
 * Shows: dynamic weights for the two modalities of any detector, from clean features alone (Eq. 3 to 5 of the paper).
 * All it takes are feature rows of clean recordings and a score a snippet for each modality.
 * Prints:
 *
 *   what           weight of picture, of sound   fused score
 *   both clean                  0.5         0.5          0.52
 *   noisy sound                 1.0         0.0          0.90
 *   noisy picture               0.0         1.0          0.10
 *   no sound                    1.0         0.0          0.90
 */
import { createRng } from '@robusta/core';
import { fitDynamicWeighting, fuse } from '@robusta/gmm-fusion';

// Sixteen features that hang together, as real ones do, and noise on top where a recording is corrupted.
const rng = createRng(1);
function recording(modality, noise = 0) {
  const data = new Float32Array(10 * 16);
  for (let t = 0; t < 10; t++) {
    const scene = [rng.normal(), rng.normal(), rng.normal()];
    for (let d = 0; d < 16; d++) {
      const value = scene.reduce((sum, s, i) => sum + s * Math.sin(d * (i + 1)), 0);
      data[16 * t + d] = value + (0.2 + noise) * rng.normal();
    }
  }
  return { modality, length: 10, crops: 1, dim: 16, data };
}

const clean = (modality) => Array.from({ length: 60 }, () => recording(modality));
const weighting = await fitDynamicWeighting(
  { visual: clean('visual'), audio: clean('audio') },
  { level: 'video' },
);

// The scores of your detector: here the picture is sure of an anomaly, the sound is sure that there is none.
const scores = { visual: new Float32Array(10).fill(0.9), audio: new Float32Array(10).fill(0.1) };
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const cases = {
  'both clean': { visual: recording('visual'), audio: recording('audio') },
  'noisy sound': { visual: recording('visual'), audio: recording('audio', 1) },
  'noisy picture': { visual: recording('visual', 1), audio: recording('audio') },
  'no sound': { visual: recording('visual') },
};
console.log('what           weight of picture, of sound   fused score');
for (const [what, features] of Object.entries(cases)) {
  const weights = weighting.weights(features);
  const fused = fuse(features.audio ? scores : { visual: scores.visual }, weights);
  const [seen, heard] = [mean(weights.visual).toFixed(1), mean(weights.audio).toFixed(1)];
  console.log(what.padEnd(14), seen.padStart(16), heard.padStart(11), mean(fused).toFixed(2).padStart(13));
}
