import type { Kernels } from './kernel-module.js';
import { alignToVector, instantiateKernels } from './kernels.js';

/** The first bytes of a memory, free for any kernel to use. */
export const SCRATCH_AT = 0;
const SCRATCH_BYTES = 256;

/** The vector kernels with room for tables and one frame, on which they work in place. */
export interface FrameMemory {
  kernels: Kernels;
  memory: ArrayBuffer;
  tablesAt: number;
  frameAt: number;
  /** Bytes of the frame in whole groups of 16 pixels; those behind the frame are 0 after `load`. */
  count: number;
  load(input: Uint8Array): void;
  store(output: Uint8Array): void;
}

/** @returns undefined where there are no vectors */
export function createFrameMemory(frameBytes: number, tableBytes: number): FrameMemory | undefined {
  const count = Math.ceil(frameBytes / 48) * 48;
  const frameAt = SCRATCH_BYTES + alignToVector(tableBytes);
  const instance = instantiateKernels(frameAt + count);
  if (!instance) return undefined;
  const frame = new Uint8Array(instance.memory, frameAt, frameBytes);
  const rest = new Uint8Array(instance.memory, frameAt + frameBytes, count - frameBytes);
  return {
    ...instance,
    tablesAt: SCRATCH_BYTES,
    frameAt,
    count,
    load(input) {
      frame.set(input);
      rest.fill(0);
    },
    store(output) {
      output.set(frame);
    },
  };
}
