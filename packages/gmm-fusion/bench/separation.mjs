import { createRng, deriveSeed } from '@robusta/core';
import { fitDynamicWeighting } from '@robusta/gmm-fusion';

const DIM = 256;
const FACTORS = 24;
const SNIPPETS = 20;
const mixingRng = createRng(7);
/** Factors of falling strength, mixed into all features; and what each feature has of its own. */
const mixing = Float64Array.from(
  { length: FACTORS * DIM },
  (_, at) => mixingRng.normal() / Math.sqrt(1 + Math.floor(at / DIM)),
);
const own = Float64Array.from({ length: DIM }, () => 0.05 + 0.3 * mixingRng.uniform());

/** Videos whose snippets share a scene: a part of every factor belongs to the video, and loud ones vary more. */
export function cleanVideos(split, count) {
  return Array.from({ length: count }, (_, v) => {
    const rng = createRng(deriveSeed(split, v));
    const scene = Float64Array.from({ length: FACTORS }, () => rng.normal());
    const activity = Math.exp(0.25 * rng.normal());
    const data = new Float32Array(SNIPPETS * DIM);
    for (let t = 0; t < SNIPPETS; t++) {
      const factors = scene.map((value) => value + 0.7 * activity * rng.normal());
      for (let j = 0; j < DIM; j++) {
        let value = own[j] * activity * rng.normal();
        for (let l = 0; l < FACTORS; l++) value += mixing[l * DIM + j] * factors[l];
        data[t * DIM + j] = value;
      }
    }
    return { modality: 'visual', length: SNIPPETS, crops: 1, dim: DIM, data };
  });
}

const direction = Float64Array.from({ length: DIM }, () => mixingRng.normal());
const change = (sequence, formula) => {
  const rng = createRng(deriveSeed('corrupt', sequence.data[0]));
  return { ...sequence, data: sequence.data.map((value, i) => formula(value, i % DIM, rng)) };
};
/** What corruptions do to features: add noise, move all of them, or flatten a part of them. */
export const corruptions = {
  noise: (sequence) => change(sequence, (value, _j, rng) => value + 0.15 * rng.normal()),
  shift: (sequence) => change(sequence, (value, j) => value + 0.15 * direction[j]),
  fade: (sequence) => change(sequence, (value, j) => (j % 4 === 0 ? 0.85 * value : value)),
};

/** Area under the ROC curve of the negative log-likelihood, clean against each corruption, on unseen videos. */
export async function separation(options, training) {
  const weighting = await fitDynamicWeighting({ visual: training }, options);
  const score = (videos) => videos.flatMap((visual) => [...weighting.explain({ visual }).visual.nll]);
  const unseen = cleanVideos('test', 30);
  const clean = score(unseen);
  return Object.fromEntries(
    Object.entries(corruptions).map(([name, corrupt]) => [name, rocArea(clean, score(unseen.map(corrupt)))]),
  );
}

/** Share of (clean, corrupted) pairs that are in the right order; ties count half. */
function rocArea(clean, corrupted) {
  let pairs = 0;
  for (const a of clean) for (const b of corrupted) pairs += b > a ? 1 : b === a ? 0.5 : 0;
  return pairs / (clean.length * corrupted.length);
}
