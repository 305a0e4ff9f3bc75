import { wasmModule } from '@robusta/core';
import { KERNELS_BASE64, type Kernels } from './kernel-module.js';

/** The kernels of `wasm/`: a faster form of loops that are also here in TypeScript, with the same bytes. */
export const instantiateKernels = wasmModule<Kernels>(KERNELS_BASE64);
