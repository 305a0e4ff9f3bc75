import { performance } from 'node:perf_hooks';
import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { type AudioAnchor, SAMPLE_RATE } from '../grid.js';
import { Batcher } from '../model/batcher.js';
import type { ModelMetadata } from '../model/metadata.js';
import { type Model, type OpenModelOptions, openModel, sessionOf } from '../model/open.js';
import { type ExtractionTimes, noTimes } from '../model/times.js';
import { AudioExtractSchema } from '../options.js';
import { describeExtractor, type ExtractorSpec } from '../spec.js';
import type { AudioExtractor } from './extractor.js';
import { PATCH } from './log-mel.js';
import { type Quantization, readVggishPca, VGGISH_DIM } from './pca.js';
import { mono16k } from './source.js';
import { extractVggish, type Finish } from './vggish.js';
import { gridFields, hopName, type WindowGrid } from './windows.js';

/** The post-processing that was published with VGGish. */
export interface VggishPostprocess {
  /** Path of the parameters: TensorFlow's `vggish_pca_params.npz` or torchvggish's `.pth`. */
  pca: string;
  /** `round` (default): as torchvggish. `truncate`: as TensorFlow. `none`: projected only. */
  quantization?: Quantization;
}

/** Options of `createAudioExtractor` for VGGish. */
export interface VggishExtractorOptions
  extends Pick<OpenModelOptions, 'executionProviders' | 'threads' | 'spinning'> {
  kind: 'vggish';
  /** Path of the `.onnx` file that a checkpoint was imported to. */
  model: string;
  /** As for `lite`. */
  anchor?: AudioAnchor;
  /** As for `lite`. */
  hopSeconds?: number;
  /** `relu` (default): as torchvggish and TensorFlow's older code. `none`: as TensorFlow's newer code. */
  activation?: 'relu' | 'none';
  /** Default `none`. */
  postprocess?: 'none' | VggishPostprocess;
  /** Most patches that go through the network at once, 1 to 1024, default 32; recordings extracted together share them. */
  batch?: number;
}

/** VGGish; may be used for several recordings at a time. */
export interface VggishExtractor extends AudioExtractor {
  /** What the model file says of itself. */
  readonly metadata: ModelMetadata;
  /** What has been done so far and what it took; a clip is a patch of 0.96 s. */
  times(): ExtractionTimes;
  /** Frees the network once the runs under way have ended. Calling it again does nothing. */
  dispose(): Promise<void>;
}

const OptionsSchema = z.strictObject({
  kind: z.literal('vggish'),
  model: z.string().min(1),
  ...gridFields,
  activation: z.enum(['relu', 'none']).default('relu'),
  postprocess: z
    .union([
      z.literal('none'),
      z.strictObject({
        pca: z.string().min(1),
        quantization: z.enum(['none', 'round', 'truncate']).default('round'),
      }),
    ])
    .default('none'),
  batch: z.int().min(1).max(1024).default(32),
  executionProviders: z.custom<OpenModelOptions['executionProviders']>().optional(),
  threads: z.custom<number>().optional(),
  spinning: z.custom<boolean>().optional(),
});

/** Opens the model of an extractor. */
export async function createVggishExtractor(given: VggishExtractorOptions): Promise<VggishExtractor> {
  const options = parseOptions(OptionsSchema, given, 'createAudioExtractor');
  const { kind, anchor, hopSeconds, activation, postprocess, batch } = options;
  const grid = { anchor, hopSeconds };
  const parameters = postprocess === 'none' ? undefined : await readVggishPca(postprocess.pca);
  const finish: Finish = {
    relu: activation === 'relu',
    pca:
      parameters && postprocess !== 'none'
        ? { parameters: parameters.pca, quantization: postprocess.quantization }
        : undefined,
  };
  const model = await openModel(options.model, { kind, ...sessionOf(options) });
  if (model.item.reduce((product, extent) => product * extent, 1) !== PATCH || model.dim !== VGGISH_DIM) {
    await model.dispose();
    throw new RobustaError(
      'BAD_MODEL',
      `${options.model} makes ${model.dim} numbers of [${model.item.join(', ')}], VGGish makes 128 of [1, 96, 64]`,
      { hint: 'import the published checkpoint again' },
    );
  }
  const times = noTimes();
  const run = async (input: Float32Array, count: number) => {
    const start = performance.now();
    const embeddings = await model.run(input, count);
    times.network += (performance.now() - start) / 1000;
    times.clips += count;
    return embeddings;
  };
  const batcher = new Batcher(run, batch, PATCH, 1);
  return {
    spec: describe(model, grid, activation, finish, parameters?.sha256),
    metadata: model.metadata,
    times: () => ({ ...times }),
    dispose: () => model.dispose(),
    async extract(source, extractOptions = {}) {
      const { snippets, signal, onProgress, onReport } = parseOptions(
        AudioExtractSchema,
        extractOptions,
        'extract',
      );
      const job = { batcher, grid, finish, times, snippets, signal, onProgress };
      const { sequence, report } = await extractVggish(mono16k(source, signal), job);
      onReport?.(report);
      return sequence;
    },
  };
}

function describe(
  { metadata, sha256 }: Model,
  { anchor, hopSeconds }: WindowGrid,
  activation: 'relu' | 'none',
  { pca }: Finish,
  pcaSha256: string | undefined,
): ExtractorSpec {
  const recipe = {
    extractor: 'robusta/vggish',
    version: 1,
    sampleRate: SAMPLE_RATE,
    downmix: 'mean',
    input: 'ln(mel + 0.01), 96 frames of 64 bands',
    hop: hopName(hopSeconds),
    anchor,
    activation,
    postprocess: pca ? { pca: pcaSha256!, quantization: pca.quantization } : 'none',
    crops: 1,
    dim: VGGISH_DIM,
    // Weights are known by the checkpoint that they come from: importing it again changes nothing.
    weights: metadata.source?.sha256 ?? sha256,
    graph: metadata.graph,
  };
  return describeExtractor('vggish', 'audio', recipe, hopSeconds);
}
