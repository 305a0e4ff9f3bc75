import { createHash } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, RobustaError } from '@robusta/core';
import { readSafetensors, type TensorData, writeSafetensors } from '@robusta/tensor-io';
import * as tf from '@tensorflow/tfjs';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { FeatureShape } from './data.js';
import { type ModelFile, ModelFileSchema } from './model-file.js';
import type { Scalings } from './scaling.js';
import { checkWeights, type ParameterSpec, sizeOf, type Weights } from './weights.js';

const weightsFile = 'model.safetensors';
const graphFile = 'model.onnx';
const modelFile = 'model.json';
const largestModelFile = 1 << 20;
/** Room for the header of a .safetensors file. */
const largestHeader = 1 << 20;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Parameters, and scalings as parameters called `scaling.<modality>.mean` and `.scale`. */
function withScalings(weights: Weights, scalings: Scalings): Weights {
  const all: Weights = { ...weights };
  for (const [modality, { mean, scale }] of Object.entries(scalings)) {
    all[`scaling.${modality}.mean`] = { shape: [mean.length], data: mean };
    all[`scaling.${modality}.scale`] = { shape: [scale.length], data: scale };
  }
  return all;
}

async function softwareVersions(): Promise<Record<string, string>> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return { '@robusta/detector': version, '@tensorflow/tfjs': tf.version.tfjs, node: process.versions.node };
}

/**
 * Writes the three files of a model, each whole or not at all. `model.json` comes last and carries the hashes of the
 * others, so that a folder that was left between two versions is recognised.
 */
export async function writeModel(
  directory: string,
  description: Omit<ModelFile, 'files' | 'software'>,
  weights: Weights,
  scalings: Scalings,
  graph: Uint8Array,
): Promise<void> {
  const tensors: Record<string, TensorData> = {};
  for (const [name, { shape, data }] of Object.entries(withScalings(weights, scalings))) {
    tensors[name] = { shape: [...shape], dtype: 'float32', data };
  }
  const bytes = writeSafetensors(tensors, { format: 'robusta-detector' });
  const model: ModelFile = {
    ...description,
    files: { [weightsFile]: sha256(bytes), [graphFile]: sha256(graph) },
    software: await softwareVersions(),
  };
  try {
    await mkdir(directory, { recursive: true });
    await writeFileAtomic(
      join(directory, weightsFile),
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    );
    await writeFileAtomic(
      join(directory, graphFile),
      Buffer.from(graph.buffer, graph.byteOffset, graph.byteLength),
    );
    // Parsed, so that the fields stand in the schema's order, also of a model that was loaded before.
    const text = JSON.stringify(ModelFileSchema.parse(model), null, 2);
    await writeFileAtomic(join(directory, modelFile), `${text}\n`);
  } catch (error) {
    throw fileError(error, directory);
  }
}

/** Reads a file of at most so many bytes. */
export async function readBounded(path: string, limit: number): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > limit) {
        throw new RobustaError('BAD_MODEL', `${path}: has ${size} bytes, at most ${limit} are expected`);
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

/** @throws FILE_NOT_FOUND, BAD_MODEL */
export async function readModelFile(directory: string): Promise<ModelFile> {
  const path = join(directory, modelFile);
  const text = new TextDecoder().decode(await readBounded(path, largestModelFile));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new RobustaError('BAD_MODEL', `${path}: is not JSON: ${(cause as Error).message}`, { cause });
  }
  const result = ModelFileSchema.safeParse(json);
  if (!result.success) throw new RobustaError('BAD_MODEL', `${path}: ${z.prettifyError(result.error)}`);
  return result.data;
}

/**
 * Reads and checks the parameters that belong to a model file.
 * @param parameters - names and shapes that the backbone expects
 * @throws FILE_NOT_FOUND, BAD_MODEL
 */
export async function readWeights(
  directory: string,
  model: ModelFile,
  parameters: Record<string, ParameterSpec>,
): Promise<{ weights: Weights; scalings: Scalings }> {
  const path = join(directory, weightsFile);
  const scalingSpecs = scalingParameters(model.features);
  const most = Object.values({ ...parameters, ...scalingSpecs }).reduce(
    (sum, { shape }) => sum + 4 * sizeOf(shape),
    0,
  );
  const bytes = await readBounded(path, most + largestHeader);
  if (sha256(bytes) !== model.files[weightsFile]) {
    throw new RobustaError(
      'BAD_MODEL',
      `${path}: is not the file that ${modelFile} was written with (SHA-256 differs)`,
      {
        hint: 'it was damaged, replaced, or its writing was interrupted; save or copy the model again',
      },
    );
  }
  let tensors: Record<string, TensorData>;
  try {
    tensors = readSafetensors(bytes).tensors;
  } catch (cause) {
    throw new RobustaError('BAD_MODEL', `${path}: ${(cause as Error).message}`, { cause });
  }
  const all: Weights = {};
  for (const [name, { shape, dtype, data }] of Object.entries(tensors)) {
    if (dtype !== 'float32')
      throw new RobustaError('BAD_MODEL', `${path}: ${name} has type ${dtype}, expected float32`);
    // A copy, so that the file's bytes can go.
    all[name] = { shape, data: Float32Array.from(data as Float32Array) };
  }
  const scaled = Object.keys(all).some((name) => name.startsWith('scaling.'));
  checkWeights(all, { ...parameters, ...(scaled ? scalingSpecs : {}) }, path);
  const weights = Object.fromEntries(Object.keys(parameters).map((name) => [name, all[name]!]));
  const scalings: Scalings = {};
  if (scaled) {
    for (const modality of ['visual', 'audio'] as const) {
      if (!model.features[modality]) continue;
      const part = (key: string) => all[`scaling.${modality}.${key}`]!.data;
      scalings[modality] = { mean: part('mean'), scale: part('scale'), limit: model.inputClamp };
    }
  }
  return { weights, scalings };
}

function scalingParameters(features: ModelFile['features'] | FeatureShape): Record<string, ParameterSpec> {
  const specs: Record<string, ParameterSpec> = {};
  for (const modality of ['visual', 'audio'] as const) {
    const dim = features[modality]?.dim;
    if (dim === undefined) continue;
    for (const key of ['mean', 'scale'])
      specs[`scaling.${modality}.${key}`] = { shape: [dim], learningRateScale: 1 };
  }
  return specs;
}
