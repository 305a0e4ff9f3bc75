import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, type TensorData } from '@robusta/tensor-io';
import { goldenJson } from '@robusta/test-kit';

/** One golden file of this backbone. */
export interface GoldenCase {
  file: string;
  tensors: Record<string, TensorData>;
  /** The published state dict. */
  state: Record<string, TensorData>;
  /** What float32 costs the published code, by output: without, and with the similarity graph given. */
  rounding: { whole: Rounding; givenGraph: Rounding };
}

/** Largest difference of each output of the published code between float32 and float64. */
type Rounding = Record<string, { max_abs_err_f32_vs_f64: number }>;

interface ManifestEntry {
  f32_error?: Rounding;
  f32_error_given_similarity_adjacency?: Rounding;
}

/** The files of the manifest that were made with HyperVD, whatever their names are. */
export function goldenCases(folder: string): GoldenCase[] {
  const cases: GoldenCase[] = [];
  const manifest = goldenJson<Record<string, ManifestEntry>>(join(folder, 'manifest.json'));
  for (const [file, entry] of Object.entries(manifest)) {
    const { tensors, metadata } = readSafetensors(readFileSync(join(folder, file)));
    if (metadata.backbone !== 'hypervd') continue;
    const rounding = {
      whole: entry.f32_error ?? {},
      givenGraph: entry.f32_error_given_similarity_adjacency ?? {},
    };
    cases.push({ file, tensors, state: below(tensors, 'state.'), rounding });
  }
  return cases;
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

/** `conv1d1.weight.head` is the parameter `conv1d1.weight` and the part `head`. */
export function splitPart(key: string): [name: string, part: string] {
  const match = /^(.*)\.(sum|l2|head|strided)$/.exec(key);
  return match ? [match[1]!, match[2]!] : [key, ''];
}

/** Largest absolute value. */
export function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
