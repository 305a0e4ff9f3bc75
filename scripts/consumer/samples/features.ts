import type { AudioClip, FeatureSequence } from '@robusta/core';
import { createAudioExtractor, createVisualExtractor } from '@robusta/features';

export async function run() {
  const frames = Array.from({ length: 48 }, (_, t) => ({
    width: 64,
    height: 48,
    data: new Uint8Array(64 * 48 * 3).fill(5 * t),
  }));
  const clip: AudioClip = { sampleRate: 16000, channels: [new Float32Array(32000).fill(0.1)] };
  const seen: FeatureSequence = await createVisualExtractor({ kind: 'lite' }).extract(frames);
  const heard = await createAudioExtractor({ kind: 'lite' }).extract(clip, { snippets: seen.length });
  return { snippets: seen.length, sameGrid: heard.length === seen.length };
}

export const expected = { snippets: 3, sameGrid: true };
