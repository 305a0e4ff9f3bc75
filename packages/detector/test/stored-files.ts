import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FeatureSequence } from '@robusta/core';
import { writeNpy } from '@robusta/tensor-io';
import { type StoredFeatures, storedFeatures, type TrainingVideo } from '../src/index.js';
import type { ToyVideo } from '../src/testing/toy.js';

/** A folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'robusta-stored-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a sequence as one file, or one for each crop. */
export function writeSequence(
  folder: string,
  name: string,
  { length, crops, dim, data }: FeatureSequence,
  form: 'one file' | 'crop files',
): string[] {
  if (form === 'one file') {
    const path = join(folder, `${name}.npy`);
    const shape = crops === 1 ? [length, dim] : [length, crops, dim];
    writeFileSync(path, writeNpy({ shape, dtype: 'float32', data }));
    return [path];
  }
  return Array.from({ length: crops }, (_, crop) => {
    const rows = new Float32Array(length * dim);
    for (let t = 0; t < length; t++) {
      const start = (t * crops + crop) * dim;
      rows.set(data.subarray(start, start + dim), t * dim);
    }
    const path = join(folder, `${name}__${crop}.npy`);
    writeFileSync(path, writeNpy({ shape: [length, dim], dtype: 'float32', data: rows }));
    return path;
  });
}

/** The same videos with their features on disk. */
export function storedVideos(
  folder: string,
  videos: readonly ToyVideo[],
  form: 'one file' | 'crop files',
): Promise<(TrainingVideo & { visual: StoredFeatures; audio: StoredFeatures })[]> {
  return Promise.all(
    videos.map(async ({ id, label, visual, audio }) => ({
      id,
      label,
      visual: await storedFeatures(writeSequence(folder, id, visual, form), { modality: 'visual' }),
      audio: await storedFeatures(writeSequence(folder, `${id}__vggish`, audio, 'one file'), {
        modality: 'audio',
      }),
    })),
  );
}
