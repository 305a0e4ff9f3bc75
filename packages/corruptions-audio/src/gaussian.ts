import { hash32 } from '@robusta/core';
import { instantiateKernels } from './kernels.js';

/** Layers of the ziggurat. */
const LAYERS = 128;
/** Where the tail starts, and the area of each layer (Marsaglia and Tsang, 2000). */
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;
const density = (x: number) => Math.exp(-0.5 * x * x);

/** Right edges of the layers, from the widest in; edges[0] is the width of a rectangle with the area of base and tail. */
const edges = new Float64Array(LAYERS + 1);
/** The height of the density at each edge. */
const heights = new Float64Array(LAYERS + 1);
/** Widths in units of 2^-24, and how many of those units lie inside the next layer. */
const scales = new Float64Array(2 * LAYERS);
const inside = new Int32Array(LAYERS);

edges[0] = AREA / density(TAIL);
edges[1] = TAIL;
for (let j = 2; j < LAYERS; j++) {
  edges[j] = Math.sqrt(-2 * Math.log(AREA / edges[j - 1]! + density(edges[j - 1]!)));
}
edges[LAYERS] = 0;
for (let j = 0; j <= LAYERS; j++) heights[j] = density(edges[j]!);
for (let j = 0; j < LAYERS; j++) {
  scales[j] = edges[j]! / 0x1000000;
  scales[j + LAYERS] = -edges[j]! / 0x1000000;
  inside[j] = Math.floor((edges[j + 1]! / edges[j]!) * 0x1000000);
}

/**
 * Independent standard normals by the ziggurat method, which is exact up to the grid of 2^-24 of a layer. The element
 * at place k depends on (seed, k) alone, so any piece of the noise can be made by itself.
 * @param start - the place of the first element
 * @param vectors - false for the plain loop; the bytes are the same
 */
export function gaussianNoise<Samples extends Float32Array | Float64Array>(
  seed: number,
  samples: Samples,
  start = 0,
  vectors = true,
): Samples {
  const whole = samples.length - (samples.length % 4);
  if (vectors && whole >= FEWEST && samples instanceof Float32Array) {
    fast ??= instantiate();
    if (fast) {
      for (let at = 0; at < whole; at += BLOCK) {
        fast(seed, samples.subarray(at, Math.min(whole, at + BLOCK)), start + at);
      }
      plainNoise(seed, samples, start, whole);
      return samples;
    }
  }
  plainNoise(seed, samples, start, 0);
  return samples;
}

/** Below this many samples the plain loop is as good. */
const FEWEST = 64;
/** Samples that the kernel makes at a time. */
const BLOCK = 8192;

type Fill = (seed: number, samples: Float32Array, start: number) => void;

/** The vector kernel with memory of its own; false where there is none. */
let fast: Fill | false | undefined;

function instantiate(): Fill | false {
  const insideAt = scales.byteLength;
  const outAt = insideAt + inside.byteLength;
  const restAt = outAt + 4 * BLOCK;
  const instance = instantiateKernels(restAt + 8 * BLOCK);
  if (!instance) return false;
  const { memory, kernels } = instance;
  new Float64Array(memory, 0, scales.length).set(scales);
  new Int32Array(memory, insideAt, inside.length).set(inside);
  const out = new Float32Array(memory, outAt, BLOCK);
  const rest = new Int32Array(memory, restAt, 2 * BLOCK);
  return (seed, samples, start) => {
    const left = kernels.gaussian(seed | 0, start | 0, 0, insideAt, outAt, restAt, samples.length);
    for (let k = 0; k < left; k++) {
      const n = rest[2 * k]!;
      const bits = rest[2 * k + 1]!;
      out[n] = outside(seed, start + n, bits & 255, bits >>> 8);
    }
    samples.set(samples.length === BLOCK ? out : out.subarray(0, samples.length));
  };
}

/** Elements from the `from`-th on. */
function plainNoise(seed: number, samples: Float32Array | Float64Array, start: number, from: number): void {
  const { length } = samples;
  for (let n = from; n < length; n++) {
    // 8 bits choose layer and sign, 24 others the place in it.
    const bits = hash32(seed, start + n);
    const layer = bits & 127;
    const place = bits >>> 8;
    samples[n] =
      place < inside[layer]! ? place * scales[bits & 255]! : outside(seed, start + n, bits & 255, place);
  }
}

/** The 1.2 % of cases beside the inner rectangles: wedge, tail, or another draw. */
function outside(seed: number, index: number, layerAndSign: number, place: number): number {
  let draws = 0;
  const next = () => hash32((seed ^ Math.imul(++draws, 0x632be5ab)) >>> 0, index);
  const uniform = () => (next() + 0.5) / 4294967296;
  for (let now = layerAndSign, at = place; ; ) {
    const layer = now & 127;
    const sign = now & 128 ? -1 : 1;
    if (at < inside[layer]!) return at * scales[now]!;
    if (layer === 0) {
      for (;;) {
        const x = -Math.log(uniform()) / TAIL;
        if (-2 * Math.log(uniform()) > x * x) return sign * (TAIL + x);
      }
    }
    const x = at * scales[layer]!;
    const height = heights[layer]! + uniform() * (heights[layer + 1]! - heights[layer]!);
    if (height < density(x)) return sign * x;
    const bits = next();
    now = bits & 255;
    at = bits >>> 8;
  }
}
