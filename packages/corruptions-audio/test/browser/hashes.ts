import { createRng } from '@robusta/core';
// biome-ignore lint/style/noRestrictedImports: the page loads the built package, as users do
import { AUDIO_CORRUPTIONS, corruptAudio } from '@robusta/corruptions-audio';

const severities = [1, 3, 5] as const;

/** Hashes of the samples that every corruption gives, with whatever is at hand: vectors or plain loops. */
function hashes(): Record<string, number> {
  const rng = createRng(1);
  const sampleRate = 16000;
  const channels = [220, 311].map((hertz) =>
    Float32Array.from(
      { length: sampleRate / 2 },
      (_, i) => 0.3 * ((((i * hertz) / sampleRate) % 1) - 0.5) + 0.05 * rng.normal(),
    ),
  );
  const result: Record<string, number> = {};
  for (const name of AUDIO_CORRUPTIONS) {
    if (name === 'bitrate') continue;
    for (const severity of severities) {
      const clip = corruptAudio({ sampleRate, channels }, name, { severity, seed: 7 });
      result[`${name} ${severity}`] = clip.channels.reduce(mix, 0);
    }
  }
  return result;
}

function mix(hash: number, samples: Float32Array): number {
  let result = hash;
  for (const bits of new Uint32Array(samples.slice().buffer)) result = (31 * result + bits) >>> 0;
  return result;
}

/** Whether a module can be compiled, and the hashes with and without that. */
export function run() {
  const scope = globalThis as { WebAssembly?: { Module: new (bytes: Uint8Array) => object } | undefined };
  let webAssembly = true;
  try {
    new scope.WebAssembly!.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  } catch {
    webAssembly = false;
  }
  const withVectors = hashes();
  const kept = scope.WebAssembly;
  scope.WebAssembly = undefined;
  try {
    return { webAssembly, withVectors, plain: hashes() };
  } finally {
    scope.WebAssembly = kept;
  }
}
