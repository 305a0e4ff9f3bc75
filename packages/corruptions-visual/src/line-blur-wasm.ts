/** The bytes of `wasm/line-blur.wat`, written by `node wasm/assemble.mjs`; a test compares the two. */
export const LINE_BLUR_BASE64 =
  'AGFzbQEAAAABEAJgA39/fwBgBn9/f39/fwACEAEEYmx1cgZtZW1vcnkCAAEDAwIAAQcWAgh3aWRlblJvdwAAB2JsdXJSb3cAAQqOAgI1AQF/IAAgAmohAwNAIAEgAP1cAgD9iQH9qQH9CwQAIAFBEGohASAAQQRqIQAgACADSQ0ACwvVAQIDfwZ7IAEgAmohBiAF/REhCgNAIAohCyAKIQwgCiENIAohDiADIQcDQCAAIAcoAgBqIQggB/0JAgQhCSALIAkgCP0ABAD9tQH9rgEhCyAMIAkgCP0ABBD9tQH9rgEhDCANIAkgCP0ABCD9tQH9rgEhDSAOIAkgCP0ABDD9tQH9rgEhDiAHQQhqIQcgByAESQ0ACyABIAtBFv2sASAMQRb9rAH9hQEgDUEW/awBIA5BFv2sAf2FAf1m/QsEACAAQcAAaiEAIAFBEGohASABIAZJDQALCw==';

/** The functions of `wasm/line-blur.wat`; all positions are byte addresses in their memory. */
export interface LineBlurLoops {
  memory: ArrayBuffer;
  widenRow(from: number, to: number, count: number): void;
  blurRow(row: number, out: number, count: number, taps: number, tapsEnd: number, start: number): void;
}

/** The part of the WebAssembly API that is used here; neither the DOM's nor Node's types are needed. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer };
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
}

let compiled: object | undefined;

/**
 * The vector version of the inner loops, with memory of its own.
 * @param bytes - size of the memory
 * @returns undefined where WebAssembly with 128-bit vectors is missing or forbidden (a strict content policy)
 */
export function instantiateLineBlur(bytes: number): LineBlurLoops | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (!api) return undefined;
  try {
    compiled ??= new api.Module(
      Uint8Array.from(atob(LINE_BLUR_BASE64), (character) => character.charCodeAt(0)),
    );
    const memory = new api.Memory({ initial: Math.ceil(bytes / 65536) });
    const { exports } = new api.Instance(compiled, { blur: { memory } });
    const { widenRow, blurRow } = exports as unknown as LineBlurLoops;
    return { memory: memory.buffer, widenRow, blurRow };
  } catch {
    return undefined;
  }
}
