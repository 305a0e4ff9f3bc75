/** Cuts a stream of planar samples into blocks of one length. */
export interface SampleBlocks {
  /** @returns the blocks that became full */
  push(channels: Float32Array[]): Float32Array[][];
  /** @returns the last, shorter block, if there is one */
  finish(): Float32Array[] | undefined;
}

/** Samples are limited to [-1, 1]: lossy codecs overshoot. */
export function createSampleBlocks(channelCount: number, blockLength: number): SampleBlocks {
  const create = () => Array.from({ length: channelCount }, () => new Float32Array(blockLength));
  let block = create();
  let filled = 0;
  return {
    push(channels) {
      const full: Float32Array[][] = [];
      const length = channels[0]!.length;
      for (let from = 0; from < length; ) {
        const count = Math.min(length - from, blockLength - filled);
        for (let channel = 0; channel < channelCount; channel++) {
          copyClamped(channels[channel]!, from, count, block[channel]!, filled);
        }
        filled += count;
        from += count;
        if (filled === blockLength) {
          full.push(block);
          block = create();
          filled = 0;
        }
      }
      return full;
    },
    finish: () => (filled === 0 ? undefined : block.map((samples) => samples.slice(0, filled))),
  };
}

function copyClamped(source: Float32Array, from: number, count: number, target: Float32Array, at: number) {
  for (let i = 0; i < count; i++) {
    const value = source[from + i]!;
    target[at + i] = Math.max(-1, Math.min(1, value));
  }
}
