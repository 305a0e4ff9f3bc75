import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';
import { type Backbone, Detector, FUSIONS, type LoadOptions } from '@robusta/detector';
import { type DynamicWeighting, loadDynamicWeighting, saveDynamicWeighting } from '@robusta/gmm-fusion';
import { z } from 'zod';
import { writeJson } from '../write-json.js';
import { BACKBONES, backboneOf } from './backbones.js';

const Features = z.strictObject({ kind: z.string(), recipeHash: z.string().regex(/^[0-9a-f]{64}$/) });

const OriginSchema = z.strictObject({
  format: z.literal('robusta-origin'),
  version: z.literal(1),
  fusion: z.enum(FUSIONS),
  seed: z.number().int(),
  fingerprint: z.string().describe('of all that the weights depend on'),
  features: z.strictObject({ visual: Features, audio: Features }).describe('what the model was trained on'),
});

/** Where a model comes from and what it expects, kept beside it. */
export type ModelOrigin = z.output<typeof OriginSchema>;

/** A trained model with what belongs to it. */
export interface StoredModel {
  detector: Detector;
  /** Weighs the modalities; only a `shared` model has one. */
  weighting: DynamicWeighting | undefined;
  origin: ModelOrigin;
}

const originFile = 'origin.json';
const weightingFile = 'gmm.safetensors';

/**
 * Writes a model folder: `model.*`, for a shared model `gmm.safetensors`, and `origin.json` last, so that a folder
 * that has one is complete.
 * @throws FILE_UNWRITABLE, DISK_FULL
 */
export async function saveModel(folder: string, { detector, weighting, origin }: StoredModel): Promise<void> {
  await detector.save(folder);
  if (weighting) await saveDynamicWeighting(weighting, join(folder, weightingFile));
  await writeJson(join(folder, originFile), origin);
}

/**
 * Reads what {@link saveModel} wrote.
 * @throws FILE_NOT_FOUND, BAD_MODEL naming the folder
 */
export async function loadModel(
  folder: string,
  { engine = 'onnx' }: Pick<LoadOptions, 'engine'> = {},
): Promise<StoredModel> {
  const origin = await readOrigin(folder);
  const detector = await Detector.load(folder, { backbone: await backboneIn(folder), engine });
  const weighting =
    origin.fusion === 'shared' ? await loadDynamicWeighting(join(folder, weightingFile)) : undefined;
  return { detector, weighting, origin };
}

/** True if the folder holds a complete model of that fingerprint. */
export async function hasModel(folder: string, fingerprint: string): Promise<boolean> {
  try {
    return (await readOrigin(folder)).fingerprint === fingerprint;
  } catch (error) {
    if (RobustaError.isInstance(error)) return false;
    throw error;
  }
}

/** The backbone that `model.json` names; everything else in it is checked where the model is opened. */
async function backboneIn(folder: string): Promise<Backbone> {
  const file = join(folder, 'model.json');
  let name: unknown;
  try {
    name = JSON.parse(await readFile(file, 'utf8'))?.backbone?.name;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new RobustaError('BAD_MODEL', `${file}: is not JSON`, { cause: error });
    throw fileError(error, file);
  }
  const known = BACKBONES.find((backbone) => backbone === name);
  if (known) return backboneOf(known);
  throw new RobustaError('BAD_MODEL', `${file}: the backbone is ${JSON.stringify(name)}`, {
    hint: `known are ${BACKBONES.join(', ')}`,
  });
}

async function readOrigin(folder: string): Promise<ModelOrigin> {
  const file = join(folder, originFile);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file);
  }
  try {
    return OriginSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new RobustaError('BAD_MODEL', `${file} is not what a trained model has beside it`, {
      hint: 'train again, or name the folder of a model that robusta wrote',
      cause: error,
    });
  }
}

/**
 * The model to score with when none is named: the shared one of a workspace that was written last.
 * @throws FILE_NOT_FOUND if the workspace has no complete model
 */
export async function findModel(workspace: string): Promise<string> {
  const models = join(workspace, 'models');
  const names = await readdir(models).catch(() => []);
  const found: { folder: string; shared: boolean; time: number }[] = [];
  for (const name of names) {
    const folder = join(models, name);
    try {
      const { fusion } = await readOrigin(folder);
      found.push({
        folder,
        shared: fusion === 'shared',
        time: (await stat(join(folder, originFile))).mtimeMs,
      });
    } catch {
      // Unfinished or foreign: not a candidate.
    }
  }
  found.sort((a, b) => Number(b.shared) - Number(a.shared) || b.time - a.time);
  if (found[0]) return found[0].folder;
  throw new RobustaError('FILE_NOT_FOUND', `${models} holds no trained model`, {
    hint: 'run `robusta benchmark` or `robusta demo` first, or name a model folder with --model',
    details: { workspace },
  });
}
