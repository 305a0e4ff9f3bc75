import { wasmModule } from '@robusta/core';
import { KERNELS_BASE64, type Kernels } from './kernel-module.js';

/** The kernels of `wasm/`: a faster form of loops that are also here in TypeScript, with the same bytes. */
export const instantiateKernels = wasmModule<Kernels>(KERNELS_BASE64);

/** The next multiple of a vector's 16 bytes. */
export function alignToVector(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
