import { createRng } from '@robusta/core';
// biome-ignore lint/style/noRestrictedImports: the page loads the built package, as users do
import { createClipCorruption, createFrameCorruption, VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';

const [width, height] = [101, 67];
const severities = [1, 2, 3, 4, 5] as const;

/** Hashes of what every corruption makes of a picture, with whatever is at hand: vectors or plain loops. */
function hashes(): Record<string, number> {
  const rng = createRng(1);
  const frames = Array.from({ length: 8 }, (_, t) => {
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < data.length; i++) data[i] = ((i / 3 + 9 * t) % width) + 100 * rng.uniform();
    return { width, height, data };
  });
  const result: Record<string, number> = {};
  for (const severity of severities) {
    const options = { severity, seed: 7, width, height, fps: 24 };
    for (const name of VISUAL_CORRUPTIONS) {
      if (name === 'bit-error') continue;
      const corruption = createFrameCorruption(name, options);
      let hash = 0;
      for (const index of [0, 3, 250]) hash = mix(hash, corruption.apply(frames[index % 8]!, index).data);
      result[`${name} ${severity}`] = hash;
    }
    const stream = createClipCorruption('motion-blur', options).stream();
    let hash = 0;
    for (const frame of frames) hash = mix(hash, stream.push(frame)?.data ?? []);
    for (let frame = stream.flush(); frame; frame = stream.flush()) hash = mix(hash, frame.data);
    result[`temporal motion-blur ${severity}`] = hash;
  }
  return result;
}

function mix(hash: number, bytes: Iterable<number>): number {
  let result = hash;
  for (const byte of bytes) result = (31 * result + byte) >>> 0;
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
