import { parseOptions, RobustaError } from '@robusta/core';
import {
  createOnnxSession,
  type GraphPort,
  type OnnxGraph,
  type OnnxSession,
  type ProviderReport,
  type SessionOptions,
  sessionFields,
} from '@robusta/tfjs-onnx/onnx';
import { z } from 'zod';
import { BATCH, INPUT, MODEL_KINDS, type ModelKind, OUTPUT } from './kinds.js';
import { METADATA_KEY, type ModelMetadata, parseMetadata } from './metadata.js';
import { readOnnxFile } from './onnx-file.js';

/** Options of {@link openModel}. */
export interface OpenModelOptions
  extends Pick<SessionOptions, 'executionProviders' | 'threads' | 'spinning'> {
  /** The network that the file must hold; another is an error. */
  kind: ModelKind;
}

/** A network in ONNX Runtime. */
export interface Model {
  readonly kind: ModelKind;
  /** Shape of one item of a batch: `[3, 16, 224, 224]` of a clip, `[1, 96, 64]` of a log-mel patch. */
  readonly item: readonly number[];
  /** Width of a feature. */
  readonly dim: number;
  /** What the file says of itself: source checkpoint, preprocessing. */
  readonly metadata: ModelMetadata;
  /** SHA-256 of the ONNX file, hexadecimal. */
  readonly sha256: string;
  /** Where it runs. */
  readonly providers: ProviderReport;
  /**
   * Features of a batch.
   * @param batch - `[batchSize, ...item]`, row-major; must not change before the promise settles
   * @param batchSize - items in it, at least 1; any size, also another at each call
   * @returns `[batchSize, dim]`, an array of its own
   * @throws BAD_INPUT where the length does not fit, after {@link dispose}, and where ONNX Runtime cannot run it
   */
  run(batch: Float32Array, batchSize: number): Promise<Float32Array>;
  /** Frees the model once the runs under way have ended. Calling it again does nothing. */
  dispose(): Promise<void>;
}

/** The part of the options of an extractor that is about the session. */
export function sessionOf({
  executionProviders,
  threads,
  spinning,
}: {
  [K in keyof Omit<OpenModelOptions, 'kind'>]?: OpenModelOptions[K] | undefined;
}): Omit<OpenModelOptions, 'kind'> {
  return {
    ...(executionProviders === undefined ? {} : { executionProviders }),
    ...(threads === undefined ? {} : { threads }),
    ...(spinning === undefined ? {} : { spinning }),
  };
}

const Options = z.strictObject({
  kind: z.enum(MODEL_KINDS),
  executionProviders: sessionFields.executionProviders,
  threads: sessionFields.threads,
  spinning: sessionFields.spinning,
});

/**
 * Opens a model that {@link importCheckpoint} wrote. One session; open a file once and share the model.
 * @param path - the `.onnx` file
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE; TRUNCATED, BAD_FORMAT for a damaged file; BAD_MODEL for a file that was
 *   not imported by this package, or holds another network than `kind`; ENGINE_UNAVAILABLE for a provider that does
 *   not run here; BAD_OPTION
 */
export async function openModel(path: string, options: OpenModelOptions): Promise<Model> {
  const { kind, ...session } = parseOptions(Options, options, 'openModel');
  const file = await readOnnxFile(path);
  const metadata = parseMetadata(file.metadata.get(METADATA_KEY), path);
  if (metadata.kind !== kind) {
    throw new RobustaError('BAD_MODEL', `${path} holds ${metadata.kind}, not ${kind}`, {
      hint: `name the file of ${kind}, or ask for ${metadata.kind}`,
      details: { expected: kind, found: metadata.kind },
    });
  }
  const onnx = await createOnnxSession(portsOf(file.bytes, metadata), {
    ...parseOptions(z.strictObject(sessionFields), session, 'openModel'),
  });
  return new OpenModel(metadata, file.sha256, onnx);
}

/** A graph as it lies in the file: one input of a batch of items, one output of a batch of features. */
function portsOf(bytes: Uint8Array, { item, dim }: ModelMetadata): OnnxGraph {
  const port = (name: string, shape: readonly number[]): GraphPort => ({
    name,
    shape: [BATCH, ...shape],
    dtype: 'float32',
  });
  return {
    inputs: [port(INPUT, item)],
    outputs: [port(OUTPUT, [dim])],
    operators: {},
    toBytes: () => bytes,
  };
}

class OpenModel implements Model {
  readonly kind: ModelKind;
  readonly item: readonly number[];
  readonly dim: number;
  readonly providers: ProviderReport;
  private readonly size: number;
  private readonly running = new Set<Promise<unknown>>();
  private disposal: Promise<void> | undefined;

  constructor(
    readonly metadata: ModelMetadata,
    readonly sha256: string,
    private readonly session: OnnxSession,
  ) {
    this.kind = metadata.kind;
    this.item = metadata.item;
    this.dim = metadata.dim;
    this.providers = session.providers;
    this.size = metadata.item.reduce((product, extent) => product * extent, 1);
  }

  async run(batch: Float32Array, batchSize: number): Promise<Float32Array> {
    if (this.disposal) throw new RobustaError('BAD_INPUT', 'run: the model is disposed');
    if (!Number.isSafeInteger(batchSize) || batchSize < 1)
      throw new RobustaError(
        'BAD_INPUT',
        `run: the size of a batch must be 1 or more, received ${batchSize}`,
      );
    if (batch.length !== batchSize * this.size) {
      throw new RobustaError(
        'BAD_INPUT',
        `run: ${batchSize} items of [${this.item.join(', ')}] are ${batchSize * this.size} numbers, received ${batch.length}`,
      );
    }
    const run = this.session.run([batch], undefined, { [BATCH]: batchSize });
    this.running.add(run);
    try {
      const [features] = await run;
      return features as Float32Array;
    } finally {
      this.running.delete(run);
    }
  }

  dispose(): Promise<void> {
    this.disposal ??= Promise.allSettled(this.running).then(() => this.session.release());
    return this.disposal;
  }
}
