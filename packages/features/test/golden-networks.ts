import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, type TensorData } from '@robusta/tensor-io';
import { goldenJson } from '@robusta/test-kit';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type ModelKind, networkGraph, networkTensors, type Precision } from '../src/index.js';
import { fold } from '../src/networks/fold.js';
import { type Family, formulaTensor, formulaVideo, networkInput, sha256 } from './formula.js';

// In jest's own global scope every mention of Math is a slow look-up.
const { abs, max: greater, min: smaller, sqrt } = Math;

/** A case of golden/features that a network computes. */
export interface NetworkCase {
  id: string;
  kind: string;
  layers?: [number, number, number, number];
  nonlocal_blocks?: boolean;
  input: { names?: string[]; shape: number[]; sha256: string };
  output: string;
  intermediates?: string;
  tensors?: Record<string, string>;
}

/** Statistics of one stage. */
export interface Stage {
  name: string;
  shape: number[];
  mean: number;
  std: number;
  min: number;
  max: number;
  l2: number;
  samples: [number, number][];
}

export const families: Record<Family, ModelKind> = {
  i3d_r50: 'i3d-resnet50',
  i3d_inception: 'i3d-inception',
  vggish: 'vggish',
};

/** Cases of a kind, with the seed of the set. */
export function goldenCases<T extends { kind: string }>(
  folder: string,
  kind: string,
): { seed: string; cases: T[] } {
  const { seed, cases } = goldenJson<{ seed: string; cases: T[] }>(join(folder, 'manifest.json'));
  return { seed, cases: cases.filter((item) => item.kind === kind) };
}

export const goldenArray = (folder: string, file: string) => {
  const { shape, data } = readNpy(readFileSync(join(folder, file)));
  return { shape, data: data as Float32Array };
};

/** The network input of a case, checked by the SHA-256 of its bytes. */
export function videoInput(
  seed: string,
  { id, input: { names = [id], shape, sha256: expected } }: NetworkCase,
): Float32Array {
  const [, frames, height, width] = shape as [number, number, number, number, number];
  const videos = names.map((name) => formulaVideo(seed, name, [frames, height, width]));
  expect(sha256(Buffer.concat(videos))).toBe(expected);
  const size = videos[0]!.length;
  const batch = new Float32Array(names.length * size);
  for (const [i, video] of videos.entries()) networkInput(video, batch.subarray(i * size, (i + 1) * size));
  return batch;
}

/** Results by stage: `[N, C, T, H, W]` or `[N, C]`. */
export type Stages = Map<string, { shape: number[]; data: Float32Array }>;

/** What is not the usual form of a network. */
interface Form {
  layers?: NetworkCase['layers'];
  nonLocal?: boolean;
  clip?: [number, number, number];
  precision?: Precision;
}

/** The weights made last: several cases have the same ones. */
let kept: { key: string; tensors: Record<string, TensorData> } = { key: '', tensors: {} };

function tensorsOf(seed: string, family: Family, expected: ReturnType<typeof networkTensors>) {
  if (kept.key !== `${seed}:${family}`) kept = { key: `${seed}:${family}`, tensors: {} };
  for (const { name, shape } of expected) kept.tensors[name] ??= formulaTensor(seed, family, name, shape);
  return Object.fromEntries(expected.map(({ name }) => [name, kept.tensors[name]!]));
}

/** The tensors of the batch norms alone. */
export const normsOf = (seed: string, family: Family, expected: ReturnType<typeof networkTensors>) =>
  tensorsOf(
    seed,
    family,
    expected.filter(({ name }) => /\b(bn\d?|downsample\.1)\./.test(name)),
  );

/** A network of formula weights that gives all its intermediate results. */
export async function openStages(seed: string, family: Family, form: Form) {
  const { layers, nonLocal = false, clip, precision = 'float32' } = form;
  const kind = families[family];
  const state = tensorsOf(seed, family, networkTensors(kind, { layers, nonLocal }));
  const graph = networkGraph(kind, state, {
    stages: precision === 'float32',
    precision,
    ...(layers ? { layers } : {}),
    ...(clip ? { clip } : {}),
  });
  const session = await InferenceSession.create(graph, { logSeverityLevel: 3, intraOpNumThreads: 2 });
  return {
    release: () => session.release(),
    async run(batch: Float32Array, shape: readonly number[]): Promise<Stages> {
      const results = await session.run({ input: new Tensor('float32', batch, shape) });
      const pictures = new Map<string, Tensor[]>();
      for (const [name, value] of Object.entries(results)) {
        const stage = name.split('@')[0]!;
        pictures.set(stage, [...(pictures.get(stage) ?? []), value as Tensor]);
      }
      return new Map([...pictures].map(([name, values]) => [name, joined(values)]));
    },
  };
}

/** One run of {@link openStages}. */
export async function runStages(
  seed: string,
  family: Family,
  form: Form,
  batch: Float32Array,
  shape: readonly number[],
): Promise<Stages> {
  const network = await openStages(seed, family, form);
  const stages = await network.run(batch, shape);
  await network.release();
  return stages;
}

/**
 * A convolution before its batch norm. In our graphs the norm is a part of it: before it was (after - bias) / scale,
 * channel by channel.
 */
export function stageBefore(
  stages: Stages,
  { name, shape }: Stage,
  norms: Record<string, TensorData>,
  norm: string,
  epsilon: number,
): Float32Array {
  const after = stages.get(norm)!;
  expect([name, after?.shape]).toEqual([name, shape]);
  const [count, channels] = shape as [number, number];
  const one: TensorData = {
    shape: [channels, 1, 1, 1, 1],
    dtype: 'float32',
    data: new Float32Array(channels),
  };
  const { scale, bias } = fold({ ...norms, 'one.weight': one }, 'one', norm, epsilon);
  const area = after.data.length / (count * channels);
  const before = new Float32Array(after.data.length);
  for (let plane = 0, i = 0; i < before.length; plane++) {
    const [shift, factor] = [bias[plane % channels]!, scale[plane % channels]!];
    for (const end = i + area; i < end; i++) before[i] = (after.data[i]! - shift) / factor;
  }
  return before;
}

/** Pictures `[N, C, H, W]` as one tensor `[N, C, T, H, W]`; a single one stays as it is. */
function joined(values: readonly Tensor[]): { shape: number[]; data: Float32Array } {
  const [batch, channels, height, width] = values[0]!.dims as [number, number, number, number];
  if (values.length === 1 && height === undefined)
    return { shape: [batch, channels], data: values[0]!.data as Float32Array };
  const [time, area] = [values.length, height * width];
  const data = new Float32Array(batch * channels * time * area);
  for (const [t, value] of values.entries())
    for (let row = 0; row < batch * channels; row++)
      data.set((value.data as Float32Array).subarray(row * area, (row + 1) * area), (row * time + t) * area);
  return { shape: [batch, channels, time, height, width], data };
}

/** Root mean square. */
export function rms(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return sqrt(sum / values.length);
}

/** The largest difference over the root mean square of `scale`, by default of the expected values. */
export function worst(actual: ArrayLike<number>, expected: ArrayLike<number>, scale = rms(expected)): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} elements instead of ${expected.length}`);
  let largest = 0;
  for (let i = 0; i < actual.length; i++) {
    const difference = abs(actual[i]! - expected[i]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest / scale;
}

/** Compares the statistics of a stage: mean and deviation 2e-5 of their sum, norm 2e-5, single values 1e-4 of it. */
export function expectStage(data: ArrayLike<number>, expected: Stage, factor = 1): void {
  let [sum, squares, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    sum += value;
    squares += value * value;
    min = smaller(min, value);
    max = greater(max, value);
  }
  const mean = sum / data.length;
  const std = sqrt(greater(0, squares / data.length - mean * mean));
  const scale = expected.std + abs(expected.mean);
  const off: Record<string, number> = {
    mean: abs(mean - expected.mean) / (2e-5 * factor * scale),
    std: abs(std - expected.std) / (2e-5 * factor * scale),
    l2: abs(sqrt(squares) / expected.l2 - 1) / (2e-5 * factor),
    min: abs(min - expected.min) / (1e-4 * factor * scale),
    max: abs(max - expected.max) / (1e-4 * factor * scale),
  };
  for (const [i, value] of expected.samples) off[`[${i}]`] = abs(data[i]! - value) / (1e-4 * factor * scale);
  const beyond = Object.entries(off).filter(([, times]) => !(times <= 1));
  if (beyond.length > 0)
    throw new Error(
      `${expected.name}: ${beyond.map(([what, times]) => `${what} ${times.toPrecision(3)} times the tolerance`)}`,
    );
}
