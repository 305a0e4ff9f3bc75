import { hash32 } from '@robusta/core';

/**
 * Independent standard normals. Element k depends on (seed, k) alone (Box-Muller on hashed counters),
 * so any piece of the noise can be made by itself.
 */
export function gaussianNoise<Samples extends Float32Array | Float64Array>(
  seed: number,
  samples: Samples,
): Samples {
  const { length } = samples;
  for (let k = 0; k < length; k += 2) {
    // In (0, 1], so that the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log((hash32(seed, k) + 1) / 4294967296));
    const angle = (2 * Math.PI * hash32(seed, k + 1)) / 4294967296;
    samples[k] = radius * Math.cos(angle);
    if (k + 1 < length) samples[k + 1] = radius * Math.sin(angle);
  }
  return samples;
}
