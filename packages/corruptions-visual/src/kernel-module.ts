// Written by wasm/build.mjs from the kernels in wasm/.

/** The module: WebAssembly with 128-bit vectors. */
export const KERNELS_BASE64 =
  'AGFzbQEAAAABEAJgA39/fwBgBn9/f39/fwACDwEDZW52Bm1lbW9yeQIAAAMDAgABBx8DCHdpZGVuUm93AAAHYmx1clJvdwABBm1lbW9yeQIACv0BAjEAIAAgAmohAgNAIAEgAP1cAgD9iQH9qQH9CwQAIAFBEGohASACIABBBGoiAEsNAAsLyAECBnsBfyABIAJqIQwgBf0RIQcDQCAHIgYhCyAGIgghCSADIQIDQCAGIAL9CQIEIgogACACKAIAaiIF/QAEAP21Af2uASEGIAsgCiAF/QAEEP21Af2uASELIAggCiAF/QAEIP21Af2uASEIIAkgCiAF/QAEMP21Af2uASEJIAQgAkEIaiICSw0ACyABIAZBFv2sASALQRb9rAH9hQEgCEEW/awBIAlBFv2sAf2FAf1m/QsEACAAQUBrIQAgDCABQRBqIgFLDQALCw==';

/** Its functions; addresses are in bytes. */
export interface Kernels {
  widenRow(from: number, to: number, count: number): void;
  blurRow(row: number, out: number, count: number, taps: number, tapsEnd: number, start: number): void;
}
