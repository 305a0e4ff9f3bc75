// The ablation behind the default of `pca`: features as wide as those of I3D-ResNet-50, and few clean videos.
import { createRng, deriveSeed } from '@robusta/core';
import { encodeDynamicWeighting, fitDynamicWeighting } from '@robusta/gmm-fusion';
import { record } from '@robusta/test-kit/bench';

const DIM = 2048;
const FACTORS = 64;
const SNIPPETS = 10;
const TRAINING_VIDEOS = 40;
const UNSEEN_VIDEOS = 20;

const rng = createRng(11);
/** Factors of falling strength, mixed into all features; and what each feature has of its own. */
const mixing = Float64Array.from(
  { length: FACTORS * DIM },
  (_, at) => rng.normal() / Math.sqrt(1 + Math.floor(at / DIM)),
);
const own = Float64Array.from({ length: DIM }, () => 0.05 + 0.3 * rng.uniform());
const direction = Float64Array.from({ length: DIM }, () => rng.normal());

/** Videos whose snippets share a scene, of which some are livelier than others. */
function cleanVideos(split, count) {
  return Array.from({ length: count }, (_, v) => {
    const random = createRng(deriveSeed(split, v));
    const scene = Float64Array.from({ length: FACTORS }, () => random.normal());
    const activity = Math.exp(0.25 * random.normal());
    const data = new Float32Array(SNIPPETS * DIM);
    for (let t = 0; t < SNIPPETS; t++) {
      const factors = scene.map((value) => value + 0.7 * activity * random.normal());
      for (let j = 0; j < DIM; j++) {
        let value = own[j] * activity * random.normal();
        for (let l = 0; l < FACTORS; l++) value += mixing[l * DIM + j] * factors[l];
        data[t * DIM + j] = value;
      }
    }
    return { modality: 'visual', length: SNIPPETS, crops: 1, dim: DIM, data };
  });
}

const change = (sequence, formula) => {
  const random = createRng(deriveSeed('corrupt', sequence.data[0]));
  return { ...sequence, data: sequence.data.map((value, i) => formula(value, i % DIM, random)) };
};
const corruptions = {
  noise: (sequence) => change(sequence, (value, _j, random) => value + 0.15 * random.normal()),
  shift: (sequence) => change(sequence, (value, j) => value + 0.15 * direction[j]),
  fade: (sequence) => change(sequence, (value, j) => (j % 4 === 0 ? 0.85 * value : value)),
};

/** Share of (clean, corrupted) pairs that are in the right order; ties count half. */
function rocArea(clean, corrupted) {
  let pairs = 0;
  for (const a of clean) for (const b of corrupted) pairs += b > a ? 1 : b === a ? 0.5 : 0;
  return pairs / (clean.length * corrupted.length);
}

const report = (name, value, unit) => record({ package: '@robusta/gmm-fusion', name, value, unit });
const training = cleanVideos('train', TRAINING_VIDEOS);
const unseen = cleanVideos('test', UNSEEN_VIDEOS);
const corrupted = Object.entries(corruptions).map(([name, corrupt]) => [name, unseen.map(corrupt)]);
const nll = (weighting, videos) => videos.flatMap((visual) => [...weighting.explain({ visual }).visual.nll]);

for (const [name, options] of [
  ['all directions', {}],
  ['no PCA', { pca: null }],
  ['64 directions, residual', { pca: { dimensions: 64 } }],
  ['64 directions', { pca: { dimensions: 64, residual: false } }],
  ['64 whitened, residual', { pca: { dimensions: 64, whiten: true } }],
  ['64 whitened', { pca: { dimensions: 64, whiten: true, residual: false } }],
]) {
  const started = performance.now();
  const weighting = await fitDynamicWeighting({ visual: training }, options);
  report(`${DIM} features, ${name}: fit`, (performance.now() - started) / 1000, 's');
  report(`${DIM} features, ${name}: model file`, encodeDynamicWeighting(weighting).length / 2 ** 20, 'MiB');
  const clean = nll(weighting, unseen);
  for (const [corruption, videos] of corrupted) {
    report(`${DIM} features, ${name}: ${corruption}`, rocArea(clean, nll(weighting, videos)), 'AUC');
  }
}
