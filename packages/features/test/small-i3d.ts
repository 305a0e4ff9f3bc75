import { writeFile } from 'node:fs/promises';
import { type ModelKind, networkGraph, networkTensors } from '../src/index.js';
import { formulaState } from './formula.js';

/** Blocks of each stage of an I3D-ResNet50. */
export type Layers = readonly [number, number, number, number];

/** Writes an I3D-ResNet50, by default of one block a stage, with the weights of the golden set's formula. */
export async function writeSmallI3d(
  path: string,
  seed: string,
  layers: Layers = [1, 1, 1, 1],
): Promise<void> {
  const kind: ModelKind = 'i3d-resnet50';
  const state = formulaState(seed, 'i3d_r50', networkTensors(kind, { layers }));
  await writeFile(path, networkGraph(kind, state, { layers }));
}
