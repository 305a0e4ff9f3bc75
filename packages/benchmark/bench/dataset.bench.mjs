import { link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDataset, createSyntheticDataset, loadDataset } from '@robusta/benchmark';
import { record } from '@robusta/test-kit/bench';

const folder = await mkdtemp(join(tmpdir(), 'robusta-bench-dataset-'));
const log = (name, value, rest = {}) =>
  record({ package: '@robusta/benchmark', name, value, unit: 's', ...rest });
const timed = async (run) => {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
};

/** Names, lists and annotations of a dataset as large as XD-Violence, its files linked to a few synthetic videos. */
async function layOut(root, sizes) {
  const small = join(folder, 'small');
  await createSyntheticDataset(small, { videos: { train: 4, test: 4 }, seconds: 4, width: 64, height: 48 });
  const sources = (await readdir(join(small, 'videos/train'))).map((name) =>
    join(small, 'videos/train', name),
  );
  const lines = [];
  for (const [split, count] of Object.entries(sizes)) {
    await mkdir(join(root, split), { recursive: true });
    const ids = Array.from({ length: count }, (_, i) => `${split}.${i}__#1_label_${i % 2 ? 'B1-0-0' : 'A'}`);
    await writeFile(join(root, `${split}-videos.txt`), ids.join('\n'));
    for (const [i, id] of ids.entries()) {
      await link(sources[i % sources.length], join(root, split, `${id}.mp4`));
      if (split === 'test' && i % 2) lines.push(`${id} 8 60`);
    }
  }
  await writeFile(join(root, 'annotations.txt'), lines.join('\n'));
}

try {
  const root = join(folder, 'large');
  const cache = join(folder, 'dataset.jsonl');
  await layOut(root, { train: 3954, test: 800 });
  const places = { kind: 'xd-violence', root };
  log('check of 4,754 videos, names and texts', await timed(() => checkDataset({ ...places, probe: false })));
  log('check of 4,754 videos, each opened', await timed(() => checkDataset(places)));
  log(
    'load of 4,754 short videos, each opened and hashed',
    await timed(() => loadDataset({ ...places, cache })),
  );
  const again = await timed(() => loadDataset({ ...places, cache }));
  log('load of 4,754 videos that are known', again);
} finally {
  await rm(folder, { recursive: true, force: true });
}
