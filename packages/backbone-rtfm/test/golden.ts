import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, type TensorData } from '@robusta/tensor-io';
import { goldenJson } from '@robusta/test-kit';

/** One golden file of this backbone. */
export interface GoldenCase {
  file: string;
  tensors: Record<string, TensorData>;
  /** The published state dict; generated tensors are among these and among the others. */
  state: Record<string, TensorData>;
}

/** The files of the manifest that were made with RTFM, whatever their names are. */
export function goldenCases(folder: string): GoldenCase[] {
  const cases: GoldenCase[] = [];
  for (const file of Object.keys(goldenJson<Record<string, unknown>>(join(folder, 'manifest.json')))) {
    const { tensors, metadata } = readSafetensors(readFileSync(join(folder, file)));
    if (metadata.backbone !== 'rtfm') continue;
    generate(tensors, metadata.gen ?? '{}');
    cases.push({ file, tensors, state: below(tensors, 'state.') });
  }
  return cases;
}

/** How a large tensor is made from a seed: uniform in [lo, hi), for inputs times the amplitude of bag and snippet. */
interface Recipe {
  seed: number;
  shape: number[];
  lo?: number;
  hi?: number;
}

function generate(tensors: Record<string, TensorData>, recipes: string): void {
  for (const [key, { seed, shape, lo = 0, hi = 1 }] of Object.entries(
    JSON.parse(recipes) as Record<string, Recipe>,
  )) {
    const size = shape.reduce((product, length) => product * length, 1);
    const data = new Float32Array(size);
    const amplitudes = tensors[`gen.${key}.amp`];
    const [, crops = 1, length = 1, dim = 1] = shape;
    const values = uniforms(size, seed);
    if (amplitudes) {
      for (let row = 0; row < size / dim; row++) {
        const bag = Math.floor(row / (crops * length));
        const amplitude = Number(amplitudes.data[bag * length + (row % length)]);
        for (let i = row * dim; i < (row + 1) * dim; i++) data[i] = amplitude * values[i]!;
      }
    } else for (let i = 0; i < size; i++) data[i] = lo + (hi - lo) * values[i]!;
    tensors[key] = { shape, dtype: 'float32', data };
  }
}

/** Multiples of 2^-24 in [0, 1), exact in float32. */
function uniforms(size: number, seed: number): Float32Array {
  const values = new Float32Array(size);
  // A global of the test environment is slow to look up.
  const { imul } = Math;
  const offset = imul(seed, 0x85ebca77);
  for (let i = 0; i < size; i++) {
    let x = (imul(i, 0x9e3779b1) + offset) | 0;
    x ^= x >>> 16;
    x = imul(x, 0x7feb352d);
    x ^= x >>> 15;
    x = imul(x, 0x846ca68b);
    x ^= x >>> 16;
    values[i] = (x >>> 8) * 2 ** -24;
  }
  return values;
}

/** The tensors below a prefix, under the rest of their names. */
export function below<T>(tensors: Record<string, T>, prefix: string): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

export function floats({ data }: TensorData): Float32Array {
  return data as Float32Array;
}

/** The summary that stands in a golden file for a large tensor. */
export function summarise(data: Float32Array, part: string): Float32Array {
  switch (part) {
    case 'sum':
      return Float32Array.of(data.reduce((sum, value) => sum + value, 0));
    case 'l2':
      return Float32Array.of(Math.sqrt(data.reduce((sum, value) => sum + value * value, 0)));
    case 'head':
      return data.slice(0, 64);
    case 'strided':
      return Float32Array.from({ length: 256 }, (_, j) => data[Math.floor((j * (data.length - 1)) / 255)]!);
    default:
      return data;
  }
}

/** `fc1.weight.head` is the parameter `fc1.weight` and the part `head`. */
export function splitPart(key: string): [name: string, part: string] {
  const match = /^(.*)\.(sum|l2|head|strided)$/.exec(key);
  return match ? [match[1]!, match[2]!] : [key, ''];
}

/** Largest absolute value. */
export function largest(values: Float32Array): number {
  let most = 0;
  for (const value of values) {
    if (value > most) most = value;
    else if (-value > most) most = -value;
  }
  return most;
}
