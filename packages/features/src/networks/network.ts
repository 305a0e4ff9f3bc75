import { parseOptions, RobustaError } from '@robusta/core';
import { finishGraph, type Value } from '@robusta/tfjs-onnx/onnx';
import { z } from 'zod';
import { BATCH, INPUT, MODEL_KINDS, MODEL_SHAPES, type ModelKind, OUTPUT } from '../model/kinds.js';
import { METADATA_KEY, type ModelMetadata } from '../model/metadata.js';
import { FrameGraph, type Precision } from './frames.js';
import { inception, inceptionTensors } from './inception.js';
import { PREPROCESSING } from './preprocessing.js';
import { hasNonLocal, resnet50, resnet50Tensors } from './resnet50.js';
import { checkState, type Expected, type StateDict } from './state-dict.js';
import { vggish, vggishTensors } from './vggish.js';

/** Options of {@link networkGraph}. */
export interface NetworkOptions {
  /**
   * Frames, height and width of the clips, default 16, 224, 224. `i3d-resnet50` takes 4 frames and 32 x 32 pixels or
   * more; `i3d-inception` 16 frames of 224 x 224 only, `vggish` has no such size.
   */
  clip?: readonly [frames: number, height: number, width: number];
  /** Of `i3d-resnet50`: bottlenecks in each of the four stages, default 3, 4, 6, 3. */
  layers?: readonly [number, number, number, number];
  /**
   * Numbers that the network is computed in, default `float32`. `float16` is for GPUs, which are several times as fast
   * then, and its file half as large; input, mean over the last pictures and feature stay float32.
   */
  precision?: Precision;
  /**
   * Also outputs of every intermediate result, named `<stage>@<time>` for each point in time: to compare with another
   * implementation. Default false.
   */
  stages?: boolean;
  /** The checkpoint, for the metadata. */
  source?: NonNullable<ModelMetadata['source']>;
}

const Count = z.int().min(1).max(4096);
export const PrecisionSchema = z.enum(['float32', 'float16']);
const Options = z.strictObject({
  clip: z.tuple([Count.min(4), Count.min(32), Count.min(32)]).optional(),
  layers: z.tuple([Count, Count, Count, Count]).optional(),
  precision: PrecisionSchema.default('float32'),
  stages: z.boolean().default(false),
  source: z.strictObject({ name: z.string(), bytes: z.int().min(0), sha256: z.string() }).optional(),
});

/** Version of the graphs that this code writes; another one may round differently. */
const GRAPH_VERSION = 1;

/** Every tensor of a network by its published name, the classifier included. */
export function networkTensors(
  kind: ModelKind,
  form: { layers?: readonly number[] | undefined; nonLocal?: boolean } = {},
): Expected[] {
  if (kind === 'i3d-resnet50') return resnet50Tensors(form);
  return kind === 'i3d-inception' ? inceptionTensors() : vggishTensors();
}

/**
 * Writes a network with its weights as an ONNX file: any size of batch, batch norms multiplied into the convolutions in
 * double precision, convolutions over time as sums of 2-D ones, which ONNX Runtime runs fastest.
 * @param kind - `i3d-resnet50`: `[batch, 3, 16, 224, 224]` to `[batch, 2048]`, with non-local blocks where the state dict
 *   has them; `i3d-inception`: the same to `[batch, 1024]`; `vggish`: `[batch, 1, 96, 64]` to `[batch, 128]`, before
 *   the last ReLU
 * @param state - all tensors by their published names
 * @returns the bytes of an `.onnx` file that {@link openModel} reads
 * @throws BAD_MODEL with all that is missing, unexpected or mis-shaped; NON_FINITE; BAD_OPTION
 */
export function networkGraph(kind: ModelKind, state: StateDict, options: NetworkOptions = {}): Uint8Array {
  const known = parseOptions(z.enum(MODEL_KINDS), kind, 'networkGraph: kind');
  const { clip, layers, precision, stages, source } = parseOptions(Options, options, 'networkGraph');
  if ((clip && known !== 'i3d-resnet50') || (layers && known !== 'i3d-resnet50')) {
    throw new RobustaError('BAD_OPTION', `networkGraph: ${known} has one size only`, {
      hint: 'leave clip and layers out',
    });
  }
  const nonLocal = known === 'i3d-resnet50' && hasNonLocal(state);
  const form = { layers, nonLocal };
  checkState(state, networkTensors(known, form), `${known}${nonLocal ? ' with non-local blocks' : ''}`);
  const { dim, item: usual } = MODEL_SHAPES[known];
  const item = clip ? [usual[0]!, ...clip] : [...usual];
  const net = new FrameGraph(precision);
  const input = net.enter(net.builder.input('float32', [1, ...item], [BATCH, ...item]));
  const feature =
    known === 'i3d-resnet50'
      ? resnet50(net, state, input, item, form)
      : known === 'i3d-inception'
        ? inception(net, state, input, item)
        : vggish(net, state, input);
  const metadata: ModelMetadata = {
    format: 1,
    kind: known,
    graph: GRAPH_VERSION,
    item,
    dim,
    ...(precision === 'float32' ? {} : { precision }),
    preprocessing: { ...PREPROCESSING[known], ...(nonLocal ? { nonLocal } : {}) },
    ...(source ? { source } : {}),
  };
  const extra = stages ? [...net.stages].flatMap(([name, stage]) => portsOf(net, name, stage)) : [];
  const graph = finishGraph(net.builder, [feature, ...extra.map(({ value }) => value)], {
    name: known,
    inputs: [INPUT],
    outputs: [OUTPUT, ...extra.map(({ name }) => name)],
    metadata: { [METADATA_KEY]: JSON.stringify(metadata) },
    outputExtents: [[BATCH, dim], ...extra.map(({ extents }) => extents)],
  });
  return graph.toBytes();
}

/** Outputs of a stage; the extents of an intermediate result are not written down. */
function portsOf(
  net: FrameGraph,
  stage: string,
  { values, rank }: { values: readonly Value[]; rank: number },
) {
  return values.map((value, t) => {
    const name = `${stage}@${t}`;
    const extents = Array.from({ length: rank }, (_, axis) => (axis === 0 ? BATCH : `${name}/${axis}`));
    return { name, value: net.leave(value), extents };
  });
}
