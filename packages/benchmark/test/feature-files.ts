import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRng, deriveSeed } from '@robusta/core';
import { writeNpy } from '@robusta/tensor-io';

/** Widths of the toy features. */
export const dims = { visual: 6, audio: 4 } as const;

/** Rows of noise; in an anomalous video the first feature stands out in the middle third. */
export function toyRows(id: string, length: number, dim: number): Float32Array {
  const rng = createRng(deriveSeed(1, id, dim));
  const rows = Float32Array.from({ length: length * dim }, () => rng.normal());
  if (id.includes('_label_A')) return rows;
  for (let t = Math.ceil(length / 3); t < (2 * length) / 3; t++) rows[t * dim]! += 4;
  return rows;
}

export async function writeRows(path: string, rows: Float32Array, dim: number): Promise<void> {
  await writeFile(path, writeNpy({ shape: [rows.length / dim, dim], dtype: 'float32', data: rows }));
}

/** Names of normal and anomalous videos in turn. */
export const toyNames = (count: number) =>
  Array.from({ length: count }, (_, i) => `v=${i}__ab__#1_label_${i % 2 === 0 ? 'A' : 'B1-0-0'}`);

/** Writes `visual/<id>__0.npy`, `__1.npy` and `audio/<id>__vggish.npy`, 9 to 14 snippets long. */
export async function writeToyFolders(
  root: string,
  ids: readonly string[],
): Promise<{ visual: string; audio: string }> {
  const folders = { visual: join(root, 'visual'), audio: join(root, 'audio') };
  await mkdir(folders.visual, { recursive: true });
  await mkdir(folders.audio, { recursive: true });
  for (const [i, id] of ids.entries()) {
    const length = 9 + (i % 6);
    for (const crop of [0, 1]) {
      const rows = toyRows(id, length, dims.visual).map((value) => value + crop / 8);
      await writeRows(join(folders.visual, `${id}__${crop}.npy`), rows, dims.visual);
    }
    await writeRows(join(folders.audio, `${id}__vggish.npy`), toyRows(id, length, dims.audio), dims.audio);
  }
  return folders;
}
