import { type FeatureSequence, type Modality, throwIfAborted } from '@robusta/core';
import { type CompiledFunction, type CompileOptions, compile } from '@robusta/tfjs-onnx';
import * as tf from '@tensorflow/tfjs';
import { type Network, scoringForward } from './network.js';
import type { Scalings } from './samples.js';
import { copyRow } from './scaling.js';
import { toTensors, type Weights } from './weights.js';
import { bucketOf, windowsOf } from './windows.js';

/** Longer sequences are scored in overlapping windows: the graphs between snippets grow with the square. */
export const windowSnippets = 1024;

/** Compiled graphs that are kept; each holds a copy of the weights. */
const keptGraphs = 16;

/** What a compiled scoring graph is made for. */
interface Kind {
  kind: Modality | 'joint';
  crops: number;
  dim: number;
}

/** Sequences that are scored together: one modality, or for `joint` those that are there. */
export type Features = Partial<Record<Modality, FeatureSequence>>;

/** Runs the scoring pass on sequences of any length. */
export class Scorer {
  /** In the order of use, the latest last. */
  private readonly graphs = new Map<string, CompiledFunction>();
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly network: Network,
    private readonly weights: Weights,
    private readonly scalings: Scalings,
    private readonly engine: CompileOptions,
  ) {}

  /**
   * Scores of one kind, crops averaged after the sigmoid.
   * @returns `[T]`, each in [0, 1]
   */
  async score(kind: Modality | 'joint', features: Features, signal?: AbortSignal): Promise<Float32Array> {
    // One at a time: two runs would share the cores, and a graph must not be dropped while it is in use.
    const result = this.queue.then(() => this.scoreNow(kind, features, signal));
    this.queue = result.catch(() => {});
    return result;
  }

  private async scoreNow(
    kind: Modality | 'joint',
    features: Features,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const { visual, audio } = features;
    const length = (visual ?? audio)!.length;
    const { shape, model } = this.network;
    const crops = kind === 'audio' ? 1 : (shape.visual?.crops ?? 1);
    const dim = kind === 'audio' ? shape.audio!.dim : model.inputDim;
    const scores = new Float32Array(length);
    for (const { start, length: count, from, to } of windowsOf(length, windowSnippets)) {
      throwIfAborted(signal);
      const bucket = bucketOf(count);
      const x = new Float32Array(crops * bucket * dim);
      const mask = new Float32Array(crops * bucket);
      const copy = (modality: Modality, crop: number, t: number, offset: number) => {
        const { data, dim: width, crops: own } = features[modality]!;
        const row = (start + t) * own + Math.min(crop, own - 1);
        copyRow(data, row * width, width, x, (crop * bucket + t) * dim + offset, this.scalings[modality]);
      };
      for (let crop = 0; crop < crops; crop++) {
        mask.fill(1, crop * bucket, crop * bucket + count);
        for (let t = 0; t < count; t++) {
          if (visual) copy('visual', crop, t, 0);
          if (audio) copy('audio', crop, t, kind === 'joint' ? (shape.visual?.dim ?? 0) : 0);
        }
      }
      const graph = await this.graph({ kind, crops, dim }, bucket);
      const [values] = (await graph.run([x, mask])) as [Float32Array];
      for (let t = from; t < to; t++) {
        let sum = 0;
        for (let crop = 0; crop < crops; crop++) sum += values[crop * bucket + t - start]!;
        scores[t] = sum / crops;
      }
    }
    return scores;
  }

  private async graph({ kind, crops, dim }: Kind, length: number): Promise<CompiledFunction> {
    const key = `${kind} ${length}`;
    let graph = this.graphs.get(key);
    if (!graph) {
      graph = await this.compile({ kind, crops, dim }, length);
      const [oldest] = this.graphs;
      if (oldest && this.graphs.size >= keptGraphs) {
        this.graphs.delete(oldest[0]);
        oldest[1].dispose();
      }
    }
    this.graphs.delete(key);
    this.graphs.set(key, graph);
    return graph;
  }

  private compile({ kind, crops, dim }: Kind, length: number): Promise<CompiledFunction> {
    const project = this.network.fusion === 'shared';
    const forward = scoringForward(this.network, kind, project);
    return compile(
      ([x, mask]) => [tf.sigmoid(forward(toTensors(this.weights), [x!], mask!).logits)],
      [
        { name: 'features', shape: [crops, length, dim], dtype: 'float32' },
        { name: 'mask', shape: [crops, length], dtype: 'float32' },
      ],
      this.engine,
    );
  }

  /** Frees the compiled graphs; later calls compile anew. */
  dispose(): void {
    for (const graph of this.graphs.values()) graph.dispose();
    this.graphs.clear();
  }
}
