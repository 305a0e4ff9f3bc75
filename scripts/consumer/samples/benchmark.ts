import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSyntheticDataset, type Dataset, loadXdViolence, selectCorrupted } from '@robusta/benchmark';

/** The dataset is made in worker threads, from the installed files. */
export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'robusta-dataset-'));
  try {
    const small = { seconds: 2, width: 64, height: 48 };
    const { made } = await createSyntheticDataset(folder, { videos: { train: 2, test: 2 }, ...small });
    const dataset: Dataset = await loadXdViolence(folder);
    const ids = dataset.videos.map(({ id }) => id);
    return { made, loaded: ids.length, corrupted: selectCorrupted(ids, 50, 0).size };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const expected = { made: 4, loaded: 4, corrupted: 2 };
