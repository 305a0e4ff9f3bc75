/** Median milliseconds of one call: runs for about `seconds`, at least `minRuns` times, after one warm-up call. */
export function measure(fn: () => unknown, options?: { seconds?: number; minRuns?: number }): Promise<number>;

/**
 * Medians of the milliseconds of two calls in turn, so that both see the same machine.
 * @param own - is timed
 * @param theirs - gives its milliseconds itself, first in each turn; NaN where there is none
 * @param options - `count` turns are counted, after `warmUp` (default 0) that are not
 */
export function measurePair(
  own: () => unknown,
  theirs: (() => Promise<number>) | undefined,
  options: { count: number; warmUp?: number },
): Promise<{ own: number; theirs: number }>;

/** Prints one result: a JSON line with --json, a readable line otherwise. */
export function record(result: {
  package: string;
  name: string;
  value: number;
  unit: string;
  peer?: string;
  ratio?: number;
  target?: number | string;
}): void;

/** An array of float32. */
export interface BenchArray {
  shape: readonly number[];
  data: Float32Array;
}

/** An array of the numbers that `draw` gives; a large one repeats them in other orders. */
export function benchArray(shape: readonly number[], draw: () => number): BenchArray;

/** What a script for {@link torchPeer} is given. */
export interface TorchTask {
  /** File URL of a Python script that ends in `torch_peer.serve(trainer, score)`. */
  script: URL;
  /** By the names that the script knows. */
  arrays: Record<string, BenchArray>;
  task: { threads: number; dropout: number; learningRate: number } & Record<string, number>;
}

/** PyTorch in a process of its own. Asks one thing at a time. */
export interface TorchPeer {
  version: string;
  /** Losses of the first steps of a training without dropout. */
  losses(count: number): Promise<number[]>;
  /** Milliseconds of the next step of a training with dropout. */
  step(): Promise<number>;
  scores(): Promise<number[]>;
  /** Milliseconds of computing the scores. */
  score(): Promise<number>;
  /** Ends the process, after which its memory is free. */
  close(): Promise<void>;
}

/** Starts a script that serves training steps and scores in PyTorch; undefined where none is installed. */
export function torchPeer(task: TorchTask): Promise<TorchPeer | undefined>;

/** Threads of both sides of every comparison. */
export const THREADS: number;

/** What the bench of a backbone compares, in sizes `S` of its own. */
export interface BackboneTask<S> {
  package: string;
  /** Batch and length that the published code trains on. */
  published: S;
  /** A smaller batch on which losses are compared instead, where steps take long. */
  checked?: S;
  /** How many losses are compared. */
  checkedSteps: number;
  /** Largest difference of losses and scores. */
  tolerance: number;
  /** How many steps are timed. */
  turns: number;
  nameOf(size: S): string;
  /** What compileStep is to compile, the batch, and the learning rate; dropout as published unless given. */
  training(
    size: S,
    options: { dropout?: number },
  ): { definition: object; inputs: unknown[]; learningRate: number };
  /** What compile is to compile as the detector does, weights inside and any length, and the features of one video. */
  scoring(): { name: string; fn: unknown; specs: unknown[]; inputs: unknown[] };
  /** The same in PyTorch. */
  peer(size: S): TorchTask;
}

/** The training of a {@link BackboneTask}, for a backbone without buffers. */
export function trainingTask(
  model: unknown,
  batch: { features: BenchArray; mask: BenchArray; labels: BenchArray },
  options: { optimizer: unknown; learningRate: number },
): { definition: object; inputs: unknown[]; learningRate: number };

/**
 * The scoring of a {@link BackboneTask}.
 * @param features - `[length, crops, dim]`
 */
export function scoringTask(
  model: unknown,
  video: { crops: number; length: number; dim: number },
  features: Float32Array,
  libraries: { tf: unknown; toTensors: unknown },
): { name: string; fn: unknown; specs: unknown[]; inputs: unknown[] };

/** The first sequences of a batch `[B, length, dim]` as the crops of one video, `[length, crops, dim]`. */
export function cropsOf(
  features: BenchArray,
  video: { crops: number; length: number; dim: number },
): Float32Array;

/**
 * Prints the scoring of a video and the training step of a backbone beside those of PyTorch, after losses and scores
 * of both have been found to be the same.
 * @param compilers - of `@robusta/tfjs-onnx`, which is tested with this package and so cannot be one of its dependencies
 */
export function backboneBench<S>(
  task: BackboneTask<S>,
  compilers: { compile: unknown; compileStep: unknown },
): Promise<void>;
