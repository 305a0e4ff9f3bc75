import { join } from 'node:path';
import { expectClose } from './close.js';
import { goldenJson } from './golden.js';
import { type GoldenTensor, goldenTensors } from './safetensors.js';

/** Largest difference of each output of the published code between float32 and float64. */
export type Rounding = Record<string, { max_abs_err_f32_vs_f64: number }>;

/** One golden file of a backbone. */
export interface GoldenCase {
  file: string;
  tensors: Record<string, GoldenTensor>;
  /** The published state dict. */
  state: Record<string, GoldenTensor>;
  /** What float32 costs the published code; for some files also where its similarity graph is given. */
  rounding: Rounding;
  roundingGivenGraph: Rounding;
}

interface ManifestEntry {
  f32_error?: Rounding;
  f32_error_given_similarity_adjacency?: Rounding;
}

/** The files of the manifest that were made with a backbone, whatever their names are. */
export function goldenBackbones(folder: string, backbone: string): GoldenCase[] {
  const cases: GoldenCase[] = [];
  const manifest = goldenJson<Record<string, ManifestEntry>>(join(folder, 'manifest.json'));
  for (const [file, entry] of Object.entries(manifest)) {
    const { tensors, metadata } = goldenTensors(join(folder, file));
    if (metadata.backbone !== backbone) continue;
    generate(tensors, metadata.gen ?? '{}');
    cases.push({
      file,
      tensors,
      state: below(tensors, 'state.'),
      rounding: entry.f32_error ?? {},
      roundingGivenGraph: entry.f32_error_given_similarity_adjacency ?? {},
    });
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

function generate(tensors: Record<string, GoldenTensor>, recipes: string): void {
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
        const amplitude = amplitudes.data[bag * length + (row % length)]!;
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

/** The labelled batch, `[B, T, D]` or `[bags, crops, T, D]`: without lengths all are full, without labels halves. */
export function goldenBatch({ tensors }: GoldenCase) {
  const { input, seq_len, label } = tensors;
  const [length, dim] = input!.shape.slice(-2) as [number, number];
  const x = input!.data as Float32Array;
  const rows = x.length / (length * dim);
  const bags = input!.shape[0]!;
  const mask = Float32Array.from({ length: rows * length }, (_, i) =>
    !seq_len || i % length < seq_len.data[Math.floor(i / length)]! ? 1 : 0,
  );
  const labels = label
    ? (label.data as Float32Array)
    : Float32Array.from({ length: bags }, (_, i) => (i < bags / 2 ? 0 : 1));
  return { rows, length, x, mask, labels };
}

/**
 * A test video, `[crops, T, D]` or `[1, crops, T, D]`, as extractors give it: the last columns that all crops have in
 * common are audio.
 */
export function goldenRecording({ shape, data }: GoldenTensor) {
  const [crops, length, dim] = shape.slice(-3) as [number, number, number];
  const at = (c: number, t: number, d: number) => data[(c * length + t) * dim + d]!;
  const common = (d: number) => {
    for (let i = length; i < crops * length; i++)
      if (data[i * dim + d] !== at(0, i % length, d)) return false;
    return crops > 1;
  };
  let visualDim = dim;
  while (visualDim > 0 && common(visualDim - 1)) visualDim--;
  const audioDim = dim - visualDim;
  const visual = Float32Array.from({ length: length * crops * visualDim }, (_, i) =>
    at(Math.floor(i / visualDim) % crops, Math.floor(i / (crops * visualDim)), i % visualDim),
  );
  const audio = Float32Array.from({ length: length * audioDim }, (_, i) =>
    at(0, Math.floor(i / audioDim), visualDim + (i % audioDim)),
  );
  return {
    visual: { modality: 'visual' as const, length, crops, dim: visualDim, data: visual },
    ...(audioDim > 0 && {
      audio: { modality: 'audio' as const, length, crops: 1, dim: audioDim, data: audio },
    }),
  };
}

/** `[B, C, T]`, as golden files have convolutions, to `[B, T, C]`. */
export function channelsLast({ shape, data }: GoldenTensor): Float32Array {
  const [, channels, length] = shape as [number, number, number];
  return Float32Array.from({ length: data.length }, (_, i) => {
    const c = i % channels;
    const t = Math.floor(i / channels) % length;
    return data[(Math.floor(i / (channels * length)) * channels + c) * length + t]!;
  });
}

/** The summary that stands in a golden file for a large tensor. */
export function summarise(data: ArrayLike<number>, part: string): Float32Array {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  switch (part) {
    case 'sum':
      return Float32Array.of(values.reduce((sum, value) => sum + value, 0));
    case 'l2':
      return Float32Array.of(Math.sqrt(values.reduce((sum, value) => sum + value * value, 0)));
    case 'head':
      return values.slice(0, 64);
    case 'strided':
      return Float32Array.from(
        { length: 256 },
        (_, j) => values[Math.floor((j * (values.length - 1)) / 255)]!,
      );
    default:
      return values;
  }
}

/** `conv1d1.weight.head` is the parameter `conv1d1.weight` and the part `head`. */
export function splitPart(key: string): [name: string, part: string] {
  const match = /^(.*)\.(sum|l2|head|strided)$/.exec(key);
  return match ? [match[1]!, match[2]!] : [key, ''];
}

/** Largest absolute value. */
function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > most) most = value;
    else if (-value > most) most = -value;
  }
  return most;
}

type Arrays = Record<string, { data: Float32Array }>;

/**
 * Compares gradients with `grad.*` of the file, to a share of the largest of each tensor.
 * @param ours - in the published layout
 * @param options.skip - tells parameters that are not compared
 */
export function expectGradients(
  ours: Arrays,
  { tensors }: GoldenCase,
  {
    tolerance,
    label,
    skip = () => false,
  }: { tolerance: number; label: string; skip?: (name: string) => boolean },
): void {
  const sizes: Record<string, number> = {};
  for (const [key, { data: expected }] of Object.entries(below(tensors, 'grad.'))) {
    const [name, part] = splitPart(key);
    if (skip(name)) continue;
    const { data } = ours[name]!;
    sizes[name] ??= largest(data);
    // Of a sum of n elements, each off by a share of the largest, the errors add up like a random walk.
    const scale = sizes[name] * (part === 'sum' || part === 'l2' ? Math.sqrt(data.length) : 1);
    expectClose(summarise(data, part), expected, {
      absolute: tolerance * scale,
      label: `grad.${key} ${label}`,
    });
  }
}

/**
 * Compares a first step with `adam1_delta.*` of the file, where the gradient is more than a thousandth of its largest:
 * lr·g / (|g| + 1e-8) says nothing about the update rule where g is rounding noise.
 * @param options.rateOf - learning rate of a parameter
 */
export function expectFirstUpdate(
  before: Arrays,
  after: Arrays,
  { tensors }: GoldenCase,
  {
    rateOf,
    weightDecay = 0,
    skip = () => false,
  }: { rateOf: (name: string) => number; weightDecay?: number; skip?: (name: string) => boolean },
): void {
  let compared = 0;
  for (const [key, { data: delta }] of Object.entries(below(tensors, 'adam1_delta.'))) {
    const [name, part] = splitPart(key);
    const gradient = tensors[`grad.${key}`];
    if (part === 'sum' || part === 'l2' || !gradient || skip(name)) continue;
    const start = before[name]!.data;
    const decayed = summarise(start, part);
    const slope = Float32Array.from(gradient.data, (g, i) => g + weightDecay * decayed[i]!);
    const steepest = largest(slope);
    const clear = (_: number, i: number) => Math.abs(slope[i]!) > 1e-3 * steepest;
    const change = summarise(
      after[name]!.data.map((value, i) => value - start[i]!),
      part,
    ).filter(clear);
    const expected = Float32Array.from(delta).filter(clear);
    expectClose(change, expected, { absolute: 0.02 * rateOf(name), label: `adam1_delta.${key}` });
    compared += change.length;
  }
  if (compared < 1000) throw new Error(`only ${compared} changes of parameters were compared`);
}
