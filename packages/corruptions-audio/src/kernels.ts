import { KERNELS_BASE64, type Kernels } from './kernel-module.js';

/** The vector kernels with memory of their own. */
export interface KernelInstance {
  memory: ArrayBuffer;
  kernels: Kernels;
}

/** The part of the WebAssembly API that is used here; neither the DOM's nor Node's types are needed. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer };
  Instance: new (module: object, imports: object) => { exports: object };
}

let compiled: object | undefined;

/**
 * Sets up the kernels of `wasm/`. They are a faster form of loops that are also here in TypeScript,
 * and give the same bytes.
 * @param bytes - size of the memory; all of it starts as 0
 * @returns undefined where WebAssembly with 128-bit vectors is missing or forbidden (a strict content policy), or
 *   where there is no room for the memory
 */
export function instantiateKernels(bytes: number): KernelInstance | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (!api) return undefined;
  try {
    compiled ??= new api.Module(Uint8Array.from(atob(KERNELS_BASE64), (letter) => letter.charCodeAt(0)));
    const memory = new api.Memory({ initial: Math.ceil(bytes / 65536) });
    const { exports } = new api.Instance(compiled, { env: { memory } });
    return { memory: memory.buffer, kernels: exports as Kernels };
  } catch {
    return undefined;
  }
}
