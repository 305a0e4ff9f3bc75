import { type FeatureSequence, parseOptions, RobustaError } from '@robusta/core';
import { type CompileOptions, ENGINES, EXECUTION_PROVIDERS } from '@robusta/tfjs-onnx';
import { z } from 'zod';
import type { Backbone, BackboneConfig, BackboneModel, OfficialArray, PublishedModel } from './backbone.js';
import { checkFeatures, checkSameLength, type FeatureShape, type Fusion, modalities } from './data.js';
import { readModelFile, readWeights, writeModel } from './files.js';
import type { ModelFile } from './model-file.js';
import { type Branch, createNetwork, type Network, ownWeights, widthsOf } from './network.js';
import { exportFixedOnnx, exportForFile, exportOnnx } from './onnx.js';
import { general } from './recipe.js';
import type { Scalings } from './scaling.js';
import { requireOnline, Scorer } from './scorer.js';
import { checkWeights, type Weights } from './weights.js';

/** Features of one recording. */
export interface DetectorInput {
  visual?: FeatureSequence | undefined;
  audio?: FeatureSequence | undefined;
}

/** Anomaly scores of one recording, one for each snippet, in [0, 1]. */
export interface DetectorScores {
  /** `[T]`, with `shared` fusion where visual features are given; crops averaged. */
  visual?: Float32Array;
  /** `[T]`, with `shared` fusion where audio features are given. */
  audio?: Float32Array;
  /** `[T]`, with `concat` fusion. */
  joint?: Float32Array;
}

/** How a recording is scored. */
export interface ScoreOptions {
  /**
   * `offline` (default): from the whole recording. `online`: by the causal branch of the backbone, each snippet from itself
   * and those just before it, as a stream of it would be.
   */
  branch?: Branch;
  /** Stops between windows. */
  signal?: AbortSignal | undefined;
}

const ScoreOptionsSchema = z.strictObject({
  branch: z.enum(['offline', 'online']).default('offline'),
  signal: z
    .custom<AbortSignal>(
      (value) => typeof (value as AbortSignal | null)?.throwIfAborted === 'function',
      'expected an AbortSignal',
    )
    .optional(),
});

/** How a saved model is opened. */
export interface LoadOptions {
  /** The backbone that the model was trained with. */
  backbone: Backbone;
  /** What computes the scores, default `onnx`. */
  engine?: CompileOptions['engine'];
  executionProviders?: CompileOptions['executionProviders'];
  /** Threads of ONNX Runtime. */
  threads?: number;
}

const backboneOption = <B extends Backbone>() =>
  z.custom<B>((value) => typeof (value as Backbone | null)?.build === 'function', 'expected a backbone');

const LoadOptionsSchema = z.strictObject({
  backbone: backboneOption<Backbone>(),
  engine: z.enum(ENGINES).optional(),
  executionProviders: z.union([z.literal('auto'), z.array(z.enum(EXECUTION_PROVIDERS))]).optional(),
  threads: z.number().int().min(1).optional(),
});

const Size = z.number().int().min(1).max(65536);

const OfficialOptionsSchema = LoadOptionsSchema.extend({
  backbone: backboneOption<Backbone<PublishedModel>>().describe('whose published weights they are'),
  backboneOptions: z.record(z.string(), z.unknown()).default({}).describe('options of the backbone'),
  stateDict: z
    .custom<Record<string, OfficialArray>>(
      (value) => typeof value === 'object' && value !== null,
      'expected a state dict, as readPth gives it',
    )
    .describe('names and arrays of the published code'),
  visual: z
    .strictObject({ dim: Size, crops: Size })
    .optional()
    .describe('width and crops of visual features'),
  audio: z
    .strictObject({ dim: Size })
    .optional()
    .describe('width of audio features, joined behind visual ones'),
}).refine(({ visual, audio }) => visual || audio, 'give visual, audio or both');

/** Options of {@link Detector.fromOfficial}. */
export type OfficialOptions = z.input<typeof OfficialOptionsSchema>;

/** What a detector is made of. */
export interface DetectorParts {
  backbone: Backbone;
  network: Network;
  weights: Weights;
  scalings: Scalings;
  inputClamp: number;
  engine: CompileOptions;
  training: ModelFile['training'];
}

/** A trained detector: made by `trainDetector` or {@link Detector.load}. */
export class Detector {
  readonly #parts: DetectorParts;
  readonly #scorer: Scorer;

  /** @internal */
  constructor(parts: DetectorParts) {
    this.#parts = parts;
    this.#scorer = new Scorer(parts, parts.engine);
  }

  /** @internal What it is made of, for the other parts of this package. */
  get parts(): DetectorParts {
    return this.#parts;
  }

  /** @internal Its compiled scoring functions. */
  get scorer(): Scorer {
    return this.#scorer;
  }

  /** Whether modalities are scored apart (`shared`) or joined (`concat`). */
  get fusion(): Fusion {
    return this.#parts.network.fusion;
  }

  /** Width and crops of the features that it takes. */
  get features(): FeatureShape {
    return this.#parts.network.shape;
  }

  /** Its parameters: `backbone.*` under the names of the backbone, and `projection.*`. Not to be written to. */
  get weights(): Weights {
    return this.#parts.weights;
  }

  /** What `model.json` says about it: backbone, features, training recipe, fingerprint of the training data. */
  get description(): Omit<ModelFile, 'files' | 'software'> {
    const { backbone, network, inputClamp, training } = this.#parts;
    const { fusion, shape, model } = network;
    return {
      format: 'robusta-detector',
      version: 1,
      backbone: { name: backbone.name, options: model.options },
      fusion,
      features: shape,
      inputClamp,
      training,
    };
  }

  /**
   * Scores a recording of any length, one score for each snippet. Sequences of more than 1024 snippets (over 11
   * minutes) are scored in windows of 1024 that overlap by half, each snippet in the window where it lies farthest
   * from an edge.
   *
   * `shared`: each modality that is given has its scores. `concat`: both sequences must have one length; zero rows
   * (after scaling, so the mean of the training data) stand for a modality that is not given.
   * @throws MISSING_MODALITY when neither is given; FEATURE_MISMATCH, naming both widths; LENGTH_MISMATCH;
   *   NON_FINITE, BAD_INPUT, EMPTY_INPUT; BAD_OPTION for branch `online` of a backbone that has none; ABORTED
   */
  async score(input: DetectorInput, options: ScoreOptions = {}): Promise<DetectorScores> {
    const settings = parseOptions(ScoreOptionsSchema, options, 'score');
    const { backbone, network } = this.#parts;
    const { fusion, shape, model } = network;
    if (settings.branch === 'online') requireOnline(backbone.name, model, 'score');
    const present = modalities.filter((modality) => input[modality]);
    if (present.length === 0) {
      throw new RobustaError('MISSING_MODALITY', 'score: neither visual nor audio features are given');
    }
    for (const modality of present)
      checkFeatures(input[modality]!, modality, shape, `score, ${modality} features`);
    const features = Object.fromEntries(present.map((modality) => [modality, input[modality]!]));
    if (fusion === 'concat') {
      checkSameLength(input.visual, input.audio, 'score');
      return { joint: await this.#scorer.score('joint', features, settings) };
    }
    const scores: DetectorScores = {};
    for (const modality of present) {
      scores[modality] = await this.#scorer.score(modality, { [modality]: input[modality]! }, settings);
    }
    return scores;
  }

  /**
   * The detector as an ONNX graph for any number of snippets T. It takes features as the extractors give them
   * (`visual` `[T, crops, D]`, `audio` `[T, 1, D]`) and gives `visual_score`, `audio_score` or `joint_score`, `[T]`.
   * @param options.snippets - for runtimes that need one length: a graph for up to that many snippets, which takes
   *   the numbers of valid ones besides (int32 `[1]`: `visual_length`, `audio_length`, for joined features `length`)
   * @throws BAD_OPTION; NOT_DYNAMIC for a backbone whose graph depends on the number of snippets: give `snippets`
   */
  toOnnx(options: { snippets?: number } = {}): Uint8Array {
    const { snippets } = options;
    if (snippets === undefined) return exportOnnx(this.#parts);
    if (!Number.isInteger(snippets) || snippets < 1 || snippets > 4096) {
      throw new RobustaError(
        'BAD_OPTION',
        `toOnnx: snippets must be an integer from 1 to 4096, received ${snippets}`,
      );
    }
    return exportFixedOnnx(this.#parts, snippets);
  }

  /**
   * Writes `model.safetensors` (parameters and scaling), `model.onnx` and `model.json` into a folder, which is made
   * where it is absent. Each file appears whole or not at all, `model.json` last. The same detector gives the
   * same bytes.
   * @throws FILE_UNWRITABLE, FILE_UNREADABLE, DISK_FULL naming the folder
   */
  async save(directory: string): Promise<void> {
    const { weights, scalings, training } = this.#parts;
    const graph = exportForFile(this.#parts, training.maxLength);
    await writeModel(directory, this.description, weights, scalings, graph);
  }

  /**
   * Opens a folder that {@link Detector.save} wrote. Nothing in it is trusted: sizes, hash, names, shapes and values
   * are checked.
   * @throws FILE_NOT_FOUND; BAD_MODEL for another backbone, damaged or incomplete files
   */
  static async load(directory: string, loadOptions: LoadOptions): Promise<Detector> {
    const { backbone, ...engine } = parseOptions(LoadOptionsSchema, loadOptions, 'Detector.load');
    const file = await readModelFile(directory);
    if (file.backbone.name !== backbone.name) {
      throw new RobustaError(
        'BAD_MODEL',
        `${directory}: the model has backbone ${JSON.stringify(file.backbone.name)}, opened with ${JSON.stringify(backbone.name)}`,
      );
    }
    const { fusion, features, inputClamp, training } = file;
    if (!features.visual && (fusion !== 'concat' || !features.audio)) {
      throw new RobustaError(
        'BAD_MODEL',
        `${directory}: the model names no features that its fusion can use`,
      );
    }
    const shape = features as FeatureShape;
    const model = buildSaved(backbone, { ...file.backbone.options, ...widthsOf(fusion, shape) }, directory);
    const network = createNetwork(fusion, shape, model);
    const { weights, scalings } = await readWeights(directory, file, network.parameters);
    return new Detector({
      backbone,
      network,
      weights,
      scalings,
      inputClamp,
      engine: engine as CompileOptions,
      training,
    });
  }

  /**
   * A detector with published weights, for joined features as they are, without scaling. Padding is exact and the
   * output of a single recording that of the published code; for its batches give the backbone's own options.
   * @throws BAD_OPTION; BAD_MODEL listing what in the state dict is missing, unexpected or of another shape
   */
  static fromOfficial(officialOptions: OfficialOptions): Detector {
    const { backbone, backboneOptions, stateDict, visual, audio, ...engine } = parseOptions(
      OfficialOptionsSchema,
      officialOptions,
      'Detector.fromOfficial',
    );
    const shape: FeatureShape = {
      ...(visual ? { visual } : {}),
      ...(audio ? { audio: { ...audio, crops: 1 } } : {}),
    };
    const model = backbone.build({ ...backboneOptions, ...widthsOf('concat', shape) });
    const network = createNetwork('concat', shape, model);
    const weights = ownWeights(model.fromOfficial(stateDict));
    checkWeights(weights, network.parameters, 'Detector.fromOfficial');
    return new Detector({
      backbone,
      network,
      weights,
      scalings: {},
      inputClamp: 1,
      engine: engine as CompileOptions,
      training: { maxLength: backbone.defaults.maxLength ?? general.maxLength, source: 'official' },
    });
  }

  /** Frees the compiled graphs. Scoring again compiles them anew. */
  dispose(): void {
    this.#scorer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Options in a file are data: bad ones are a bad model, not a mistake of the caller. */
function buildSaved(backbone: Backbone, config: BackboneConfig, directory: string): BackboneModel {
  try {
    return backbone.build(config);
  } catch (cause) {
    throw new RobustaError('BAD_MODEL', `${directory}: ${(cause as Error).message}`, { cause });
  }
}
