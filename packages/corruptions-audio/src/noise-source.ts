import { gaussianNoise } from './gaussian.js';

/**
 * Noise from its first sample on: each call gives the `count` samples that follow, to be read only.
 * `into` is an array of that length where they may be put in place of a new one.
 */
export type NoiseSource = (count: number, into?: Float32Array) => Float32Array;

/** Makes noise of zero mean and a level of about 1 from a seed of its own. */
export type NoiseSynthesis = (seed: number, sampleRate: number) => NoiseSource;

/** Independent standard normals. */
export function whiteSource(seed: number): NoiseSource {
  let at = 0;
  return (count, into = new Float32Array(count)) => {
    const samples = gaussianNoise(seed, into, at);
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
        const piece = samples.subarray(at, at + PIECE);
        const made = source(piece.length, piece);
        if (made !== piece) piece.set(made);
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
