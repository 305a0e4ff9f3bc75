/** Functions of a WebAssembly module, and the memory that they work on. */
export interface WasmInstance<Exports> {
  memory: ArrayBuffer;
  kernels: Exports;
}

/** The part of the WebAssembly API that is used here; neither the DOM's nor Node's types are needed. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer };
  Instance: new (module: object, imports: object) => { exports: object };
}

/**
 * A WebAssembly module that imports its memory as `env.memory`; for vector forms of loops that are also there in
 * TypeScript. It is compiled once, when first needed.
 * @param base64 - the bytes of the module
 * @returns sets up an instance with so many bytes of memory, all 0 at first; undefined where WebAssembly or one of
 *   its features that the module uses is missing or forbidden (a strict content policy), or where there is no room
 */
export function wasmModule<Exports>(base64: string): (bytes: number) => WasmInstance<Exports> | undefined {
  let compiled: object | undefined;
  return (bytes) => {
    const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
    if (!api) return undefined;
    try {
      compiled ??= new api.Module(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
      const memory = new api.Memory({ initial: Math.ceil(bytes / 65536) });
      const { exports } = new api.Instance(compiled, { env: { memory } });
      return { memory: memory.buffer, kernels: exports as Exports };
    } catch {
      return undefined;
    }
  };
}
