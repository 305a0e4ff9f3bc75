import { gaussianNoise } from './gaussian.js';

/** Noise from its first sample on: each call gives the `count` samples that follow, to be read only. */
export type NoiseSource = (count: number) => Float32Array;

/** Makes noise of zero mean and a level of about 1 from a seed of its own. */
export type NoiseSynthesis = (seed: number, sampleRate: number) => NoiseSource;

/** Independent standard normals. */
export function whiteSource(seed: number): NoiseSource {
  let at = 0;
  return (count) => {
    const samples = gaussianNoise(seed, new Float32Array(count), at);
    at += count;
    return samples;
  };
}

/** A source that makes noise block by block, read in pieces of any length. */
export function blockSource(nextBlock: () => Float32Array): NoiseSource {
  let block: Float32Array = new Float32Array(0);
  let at = 0;
  return (count) => {
    if (at + count <= block.length) {
      at += count;
      return block.subarray(at - count, at);
    }
    const samples = new Float32Array(count);
    for (let done = 0; done < count; ) {
      if (at === block.length) {
        block = nextBlock();
        at = 0;
      }
      const piece = block.subarray(at, at + count - done);
      samples.set(piece, done);
      done += piece.length;
      at += piece.length;
    }
    return samples;
  };
}

/** Samples that are made at a time. */
const PIECE = 8192;

/**
 * Makes each source once and keeps its first samples, for several passes over a sound that is in memory anyway.
 * @param storage - an array for each source, of as many samples as will be read in a pass
 */
export function keptSources(
  make: () => NoiseSource[],
  storage: readonly Float32Array[],
): () => NoiseSource[] {
  let kept: Float32Array[] | undefined;
  return () => {
    kept ??= make().map((source, s) => {
      const samples = storage[s]!;
      for (let at = 0; at < samples.length; at += PIECE) {
        samples.set(source(Math.min(PIECE, samples.length - at)), at);
      }
      return samples;
    });
    return kept.map((whole) => {
      let at = 0;
      return (count) => {
        at += count;
        return whole.subarray(at - count, at);
      };
    });
  };
}
