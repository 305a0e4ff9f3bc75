import { resolve } from 'node:path';
import { type Modality, RobustaError } from '@robusta/core';
import {
  type AudioExtractor,
  createAudioExtractor,
  createVisualExtractor,
  type VisualExtractor,
} from '@robusta/features';
import { hashFile } from '../dataset/hash-file.js';
import {
  type CheckedExtractors,
  type JobExtractor,
  type JobExtractors,
  LITE,
  type NetworkExtractor,
} from './extractor-config.js';

/** What its features look like and how they are made. */
export interface FeatureSpec {
  extractor: JobExtractor;
  kind: string;
  /** Width of a row. */
  dim: number;
  recipeHash: string;
}

/** An extractor of either modality. */
export type AnyExtractor = VisualExtractor | AudioExtractor;

/** An extractor with a network; to be disposed. */
type Opened = AnyExtractor & { dispose(): Promise<void> };

/**
 * Opens each model once to learn what it gives, so that jobs say beforehand what their features must be.
 * @throws HASH_MISMATCH where a file is not the one that the configuration means; what opening a model throws
 */
export async function resolveExtractors(config: CheckedExtractors): Promise<JobExtractors> {
  const { visual, audio } = config;
  return {
    visual: visual.kind === 'lite' ? LITE.visual : await resolveNetwork(visual),
    audio: audio.kind === 'lite' ? LITE.audio : await resolveNetwork(audio),
  };
}

/** What features an extractor makes, without opening its model. */
export function featureSpec(extractor: JobExtractor, modality: Modality): FeatureSpec {
  if (extractor !== 'lite') {
    const { kind, dim, recipeHash } = extractor;
    return { extractor, kind, dim, recipeHash };
  }
  return (liteSpecs[modality] ??= describeLite(modality));
}

/** Asked for with every job; to make an extractor takes hashing the names of all its columns. */
const liteSpecs: Partial<Record<Modality, FeatureSpec>> = {};

function describeLite(modality: Modality): FeatureSpec {
  const { kind, dim, recipeHash } = openLite(modality).spec;
  return { extractor: 'lite', kind, dim, recipeHash };
}

const opened = new Map<string, Promise<Opened>>();

/**
 * The extractor of a job. A network is opened once in a thread and stays open, since opening it takes longer than many
 * a job.
 * @throws HASH_MISMATCH, FEATURE_MISMATCH for a model that gives other features than the job says; what opening throws
 */
export async function extractorOf(extractor: JobExtractor, modality: Modality): Promise<AnyExtractor> {
  if (extractor === 'lite') return openLite(modality);
  const key = JSON.stringify(extractor);
  let network = opened.get(key);
  if (!network) {
    network = openChecked(extractor);
    opened.set(key, network);
    // A failure is not kept: the file may be mended.
    network.catch(() => opened.delete(key));
  }
  return network;
}

/** Frees the networks of this thread. */
export async function closeExtractors(): Promise<void> {
  const networks = [...opened.values()];
  opened.clear();
  for (const network of networks) await network.then((open) => open.dispose()).catch(() => {});
}

function openLite(modality: Modality): AnyExtractor {
  return modality === 'visual'
    ? createVisualExtractor({ kind: 'lite' })
    : createAudioExtractor({ kind: 'lite' });
}

type NetworkConfig = Exclude<CheckedExtractors['visual'] | CheckedExtractors['audio'], { kind: 'lite' }>;

async function resolveNetwork(config: NetworkConfig): Promise<NetworkExtractor> {
  const model = resolve(config.model);
  const sha256 = await checkedHash(model, config.sha256);
  const extractor = await openNetwork({ ...config, model });
  const { dim, recipeHash } = extractor.spec;
  await extractor.dispose();
  return { ...config, model, sha256, dim, recipeHash };
}

async function openChecked(job: NetworkExtractor): Promise<Opened> {
  await checkedHash(job.model, job.sha256);
  const extractor = await openNetwork(job);
  const { recipeHash } = extractor.spec;
  if (recipeHash === job.recipeHash) return extractor;
  await extractor.dispose();
  throw new RobustaError(
    'FEATURE_MISMATCH',
    `${job.model} makes features of recipe ${recipeHash.slice(0, 8)} here, the job wants ${job.recipeHash.slice(0, 8)}`,
    { hint: 'use the same version of robusta on every machine' },
  );
}

function openNetwork(config: NetworkConfig): Promise<Opened> {
  const { kind, model, executionProviders } = config;
  const session = executionProviders ? { executionProviders } : {};
  if (config.kind === 'vggish') {
    const { activation } = config;
    return createAudioExtractor({
      kind: config.kind,
      model,
      ...session,
      ...(activation ? { activation } : {}),
    });
  }
  const { crops, recipe } = config;
  return createVisualExtractor({
    kind: kind as typeof config.kind,
    model,
    crops,
    // Conditions are extracted at the same time: in batches of several windows the last digits would depend on which meet.
    batch: crops,
    ...session,
    ...(recipe ? { recipe } : {}),
  });
}

async function checkedHash(path: string, expected: string | undefined): Promise<string> {
  const found = await hashFile(path);
  if (expected === undefined || expected === found) return found;
  throw new RobustaError('HASH_MISMATCH', `${path} has the SHA-256 ${found}, expected is ${expected}`, {
    hint: 'name the model that is meant, or give its hash',
    details: { path, expected, found },
  });
}
