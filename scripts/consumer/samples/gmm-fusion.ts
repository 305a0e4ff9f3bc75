import { createRng, type FeatureSequence } from '@robusta/core';
import { type DynamicWeighting, fitDynamicWeighting, fuse } from '@robusta/gmm-fusion';

export async function run() {
  const rng = createRng(1);
  const video = (modality: 'visual' | 'audio', noise = 1): FeatureSequence => ({
    modality,
    length: 10,
    crops: 1,
    dim: 8,
    data: Float32Array.from({ length: 80 }, () => noise * rng.normal()),
  });
  const clean = (modality: 'visual' | 'audio') => Array.from({ length: 40 }, () => video(modality));
  const weighting: DynamicWeighting = await fitDynamicWeighting({
    visual: clean('visual'),
    audio: clean('audio'),
  });
  const weights = weighting.weights({ visual: video('visual'), audio: video('audio', 3) });
  const scores = { visual: new Float32Array(10).fill(0.9), audio: new Float32Array(10).fill(0.1) };
  const fused = fuse(scores, weights);
  return { trustsTheCleanOne: weights.visual[0]! > 0.6 && fused[0]! > 0.5, snippets: fused.length };
}

export const expected = { trustsTheCleanOne: true, snippets: 10 };
