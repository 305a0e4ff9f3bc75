import { alignToVector, instantiateKernels } from './kernels.js';
import type { Divider } from './temporal-blur.js';

/** The mean of the last frames of a video, a frame at a time; O(1) a value, and a step allocates nothing. */
export interface RunningMean {
  /** Takes the next frame in. Before the first frame there are only copies of it. */
  add(frame: Uint8Array): void;
  /** Repeats the last frame. */
  repeat(): void;
  /** The mean as it now is. */
  store(output: Uint8Array): void;
}

/**
 * @param frames - how many the mean is over
 * @param vectors - false for the plain loops, which give the same bytes
 */
export function createRunningMean(
  frameBytes: number,
  frames: number,
  division: Divider,
  vectors = true,
): RunningMean {
  const ring =
    (vectors && vectorRing(frameBytes, frames, division)) || plainRing(frameBytes, frames, division);
  const { slots, sums, result } = ring;
  let newest = -1;

  /** The slot behind the newest holds the frame that leaves the mean, and takes the next one afterwards. */
  function step(frame: Uint8Array): void {
    const next = (newest + 1) % slots.length;
    slots[next]!.set(frame);
    newest = next;
    ring.replace((next + 1) % slots.length, next);
  }

  return {
    add(frame) {
      if (newest === -1) {
        for (const slot of slots) slot.set(frame);
        for (let i = 0; i < frameBytes; i++) sums[i] = frames * frame[i]!;
        newest = 0;
      }
      step(frame);
    },
    repeat: () => step(slots[newest]!),
    store: (output) => output.set(result),
  };
}

/** The last frames, one more than the mean is over, their sums, and the mean. */
interface Ring {
  slots: Uint8Array[];
  sums: Uint16Array;
  result: Uint8Array;
  /** Updates sums and mean: one slot leaves, another comes in. */
  replace(old: number, fresh: number): void;
}

function plainRing(frameBytes: number, frames: number, { start, factor, shift }: Divider): Ring {
  const slots = Array.from({ length: frames + 1 }, () => new Uint8Array(frameBytes));
  const sums = new Uint16Array(frameBytes);
  const result = new Uint8Array(frameBytes);
  return {
    slots,
    sums,
    result,
    replace(old, fresh) {
      const [leaving, coming] = [slots[old]!, slots[fresh]!];
      for (let i = 0; i < frameBytes; i++) {
        const sum = sums[i]! + coming[i]! - leaving[i]!;
        sums[i] = sum;
        result[i] = Math.imul(sum + start, factor) >>> shift;
      }
    },
  };
}

/** @returns undefined where there are no vectors, or no memory for all the frames in one piece */
function vectorRing(frameBytes: number, frames: number, { start, factor, shift }: Divider): Ring | undefined {
  const count = alignToVector(frameBytes);
  const resultAt = (frames + 1) * count;
  const sumsAt = resultAt + count;
  const instance = instantiateKernels(sumsAt + 2 * count);
  if (!instance) return undefined;
  const { memory, kernels } = instance;
  return {
    slots: Array.from({ length: frames + 1 }, (_, slot) => new Uint8Array(memory, slot * count, frameBytes)),
    sums: new Uint16Array(memory, sumsAt, frameBytes),
    result: new Uint8Array(memory, resultAt, frameBytes),
    replace(old, fresh) {
      kernels.moveMean(old * count, fresh * count, count, sumsAt, resultAt, start, factor, shift);
    },
  };
}
