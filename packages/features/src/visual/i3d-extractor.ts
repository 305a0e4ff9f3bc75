import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseOptions, RobustaError } from '@robusta/core';
import { readFrames } from '@robusta/media';
import { z } from 'zod';
import { CROP_ORDERS } from '../files/crop-order.js';
import { FPS, type RowRule, WINDOW_FRAMES } from '../grid.js';
import { Batcher, type RunBatch } from '../model/batcher.js';
import type { ModelMetadata } from '../model/metadata.js';
import { type Model, type OpenModelOptions, openModel, sessionOf } from '../model/open.js';
import { type ExtractionTimes, noTimes } from '../model/times.js';
import { VisualExtractSchema } from '../options.js';
import { describeExtractor, type ExtractorSpec } from '../spec.js';
import { CLIP_SIZE } from './clip-writer.js';
import { type CropCount, CropCountSchema } from './crops.js';
import type { VisualExtractor, VisualSource } from './extractor.js';
import { FileWindows } from './file-windows.js';
import { extractI3d } from './i3d.js';
import { CROP_SIZE, PREPARATIONS, type VisualRecipe } from './preparation.js';
import { FrameWindows } from './window-source.js';

/** Networks that see: `i3d-resnet50` gives 2048 numbers a crop, `i3d-inception` 1024. */
export type I3dKind = 'i3d-resnet50' | 'i3d-inception';

/** Options of `createVisualExtractor` for a network. */
export interface I3dExtractorOptions
  extends Pick<OpenModelOptions, 'executionProviders' | 'threads' | 'spinning'> {
  kind: I3dKind;
  /** Path of the `.onnx` file that a checkpoint was imported to. */
  model: string;
  /** How pictures are prepared; default `rtfm` for i3d-resnet50, `gottimukkala` for i3d-inception. */
  recipe?: VisualRecipe;
  /** 10 (default): corners and centre, also of the mirrored picture; 5: without those; 1: the centre. */
  crops?: CropCount;
  /** As for `lite`. */
  rows?: RowRule;
  /**
   * Most clips that go through the network at once, 1 to 1024, default 10; clips of several windows and of all videos
   * that are extracted at the same time share a batch. Two batches are held, and a window of each file, 9.6 MB a clip.
   */
  batch?: number;
  /**
   * Decode and prepare files in a thread of their own while the network runs. Default: where the network leaves
   * processor cores free, that is, on another device or with fewer `threads` than there are cores; on all cores the two
   * only take them from each other. The numbers are the same.
   */
  overlap?: boolean;
}

/** A visual extractor with a network; may be used for several videos at a time. */
export interface I3dExtractor extends VisualExtractor {
  /** What the model file says of itself. */
  readonly metadata: ModelMetadata;
  /** What has been done so far and what it took. */
  times(): ExtractionTimes;
  /** Frees the network once the runs under way have ended. Calling it again does nothing. */
  dispose(): Promise<void>;
}

export const I3dOptionsSchema = z.strictObject({
  kind: z.enum(['i3d-resnet50', 'i3d-inception']),
  model: z.string().min(1),
  recipe: z.enum(['rtfm', 'gottimukkala']).optional(),
  crops: CropCountSchema.default(10),
  rows: z.enum(['full', 'xd']).default('full'),
  batch: z.int().min(1).max(1024).default(10),
  overlap: z.boolean().optional(),
  executionProviders: z.custom<OpenModelOptions['executionProviders']>().optional(),
  threads: z.custom<number>().optional(),
  spinning: z.custom<boolean>().optional(),
});

const DEFAULT_RECIPE: Readonly<Record<I3dKind, VisualRecipe>> = {
  'i3d-resnet50': 'rtfm',
  'i3d-inception': 'gottimukkala',
};

/** Opens the model of an extractor. */
export async function createI3dExtractor(given: I3dExtractorOptions): Promise<I3dExtractor> {
  const options = parseOptions(I3dOptionsSchema, given, 'createVisualExtractor');
  const { kind, crops, rows, batch } = options;
  const recipe = options.recipe ?? DEFAULT_RECIPE[kind];
  const model = await openModel(options.model, { kind, ...sessionOf(options) });
  const wanted = [3, WINDOW_FRAMES, CROP_SIZE, CROP_SIZE];
  if (model.item.some((extent, axis) => extent !== wanted[axis])) {
    await model.dispose();
    throw new RobustaError(
      'BAD_MODEL',
      `${options.model} takes clips of [${model.item.join(', ')}], the extractor makes [${wanted.join(', ')}]`,
      { hint: 'import the checkpoint again, with clips of the usual size' },
    );
  }
  const spec = describe(kind, recipe, crops, rows, model);
  const times = noTimes();
  const windows = Math.max(1, Math.floor(batch / crops));
  const overlap = options.overlap ?? leavesCores(model, options.threads);
  const batcher = new Batcher(runBatch(model, batch, times), windows, crops * CLIP_SIZE, crops);
  return {
    spec,
    metadata: model.metadata,
    times: () => ({ ...times }),
    dispose: () => model.dispose(),
    async extract(source, extractOptions = {}) {
      const { signal, onProgress, onReport } = parseOptions(VisualExtractSchema, extractOptions, 'extract');
      const form = { recipe, crops };
      const windows =
        typeof source === 'string' && overlap
          ? new FileWindows(source, form, times, signal)
          : new FrameWindows(framesOf(source, signal), form, times, signal);
      const job = { batcher, crops, dim: spec.dim, rows, signal, onProgress };
      const { sequence, report } = await extractI3d(windows, job);
      onReport?.(report);
      return sequence;
    },
  };
}

/** Whether the network leaves processor cores to other work. */
function leavesCores({ providers }: Model, threads: number | undefined): boolean {
  return providers.running !== 'cpu' || (threads !== undefined && threads < availableParallelism());
}

const framesOf = (source: VisualSource, signal: AbortSignal | undefined) =>
  typeof source === 'string' ? readFrames(source, { fps: FPS, ...(signal ? { signal } : {}) }) : source;

/** Runs what one window or several make in pieces of at most `most` clips. */
function runBatch(model: Model, most: number, times: ExtractionTimes): RunBatch {
  return async (input, count) => {
    const features = new Float32Array(count * model.dim);
    for (let start = 0; start < count; start += most) {
      const clips = Math.min(most, count - start);
      const begin = performance.now();
      const part = await model.run(input.subarray(start * CLIP_SIZE, (start + clips) * CLIP_SIZE), clips);
      times.network += (performance.now() - begin) / 1000;
      times.clips += clips;
      features.set(part, start * model.dim);
    }
    return features;
  };
}

function describe(
  kind: I3dKind,
  preparation: VisualRecipe,
  crops: CropCount,
  rows: RowRule,
  { dim, metadata, sha256 }: Model,
): ExtractorSpec {
  const { description, order } = PREPARATIONS[preparation];
  const places = crops === 1 ? ['centre'] : CROP_ORDERS[order];
  const recipe = {
    extractor: `robusta/${kind}`,
    version: 1,
    fps: FPS,
    windowFrames: WINDOW_FRAMES,
    stride: WINDOW_FRAMES,
    rows,
    shortVideos: 'loop',
    preparation,
    ...description,
    color: 'rgb',
    cropSize: CROP_SIZE,
    crops,
    cropOrder: [...places, ...(crops === 10 ? places.map((place) => `${place}, mirrored`) : [])],
    dim,
    // Weights are known by the checkpoint that they come from: importing it again changes nothing.
    weights: metadata.source?.sha256 ?? sha256,
    graph: metadata.graph,
  };
  return describeExtractor(kind, 'visual', recipe);
}
