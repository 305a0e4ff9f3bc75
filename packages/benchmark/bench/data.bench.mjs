// Training on features that stay on disk, laid out like XD-Violence (a file for each crop): how long steps wait for
// them, and how much memory it takes. Each way in a process of its own. Files are dropped from the system's page cache
// (by GNU dd, where it is there) after the first look at the data, so the first epoch reads from the disk.
import { fork, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { xdviodet } from '@robusta/backbone-xdviodet';
import { createRng } from '@robusta/core';
import { storedFeatures, trainDetector } from '@robusta/detector';
import { writeNpy } from '@robusta/tensor-io';
import { record } from '@robusta/test-kit/bench';

const VIDEOS = 240;
const CROPS = 5;
const EPOCHS = 2;
const MB = 2 ** 20;

async function writeData(folder) {
  const rng = createRng(1);
  const pool = Float32Array.from({ length: 1 << 20 }, () => rng.normal());
  const file = (length, dim) => {
    const start = rng.int(pool.length - length * dim);
    return writeNpy({
      shape: [length, dim],
      dtype: 'float32',
      data: pool.slice(start, start + length * dim),
    });
  };
  let bytes = 0;
  for (let i = 0; i < VIDEOS; i++) {
    const length = 50 + rng.int(351);
    const stem = join(folder, `v${String(i).padStart(4, '0')}_label_${i % 2 ? 'B1' : 'A'}`);
    const files = Array.from({ length: CROPS }, (_, crop) => [`${stem}__${crop}.npy`, 1024]);
    for (const [path, dim] of [...files, [`${stem}__vggish.npy`, 128]]) {
      const content = file(length, dim);
      bytes += content.length;
      await writeFile(path, content);
    }
  }
  return bytes;
}

/** @returns whether it could be done */
function dropFromPageCache(folder) {
  const script = 'sync; for f in "$1"/*.npy; do dd if="$f" iflag=nocache count=0 status=none || exit 1; done';
  return spawnSync('sh', ['-c', script, 'sh', folder]).status === 0;
}

async function videosOf(folder) {
  const stems = (await readdir(folder)).flatMap((name) => name.match(/^(.*)__vggish\.npy$/)?.[1] ?? []);
  return Promise.all(
    stems.sort().map(async (stem) => {
      const path = (end) => join(folder, `${stem}__${end}.npy`);
      const crops = Array.from({ length: CROPS }, (_, crop) => path(crop));
      return {
        id: stem,
        label: stem.endsWith('A') ? 0 : 1,
        visual: await storedFeatures(crops, { modality: 'visual' }),
        audio: await storedFeatures(path('vggish'), { modality: 'audio' }),
      };
    }),
  );
}

/** In a child process: trains, and tells what it took. */
async function train(folder, way) {
  const data = await videosOf(folder);
  if (way === 'memory') {
    for (const video of data) {
      video.visual = await video.visual.read();
      video.audio = await video.audio.read();
    }
  }
  const start = performance.now();
  const report = { epochs: [] };
  let readBefore = 0;
  // In units of 512 bytes; what comes from the page cache is not counted.
  const readSoFar = () => (process.resourceUsage().fsRead * 512) / MB;
  const detector = await trainDetector({
    backbone: xdviodet,
    data,
    fusion: 'concat',
    epochs: EPOCHS,
    batchSize: 128,
    threads: 2,
    seed: 1,
    ...(way === 'memory' ? {} : { cacheBytes: way * MB }),
    onData({ done, total }) {
      if (done < total) return;
      report.lookSeconds = (performance.now() - start) / 1000;
      report.cold = dropFromPageCache(folder);
      readBefore = readSoFar();
    },
    onEpoch({ waiting, secondsPerStep }) {
      const read = readSoFar();
      report.epochs.push({ waiting, secondsPerStep, read: read - readBefore });
      readBefore = read;
    },
  });
  detector.dispose();
  report.peak = process.resourceUsage().maxRSS / 1024;
  return report;
}

function inChild(...args) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(args)]);
    let answer;
    child.on('message', (message) => {
      answer = message;
    });
    child.on('exit', (code) =>
      answer ? resolve(answer) : reject(new Error(`the child ended with ${code}`)),
    );
  });
}

if (process.argv[2]?.startsWith('[')) {
  process.send(await train(...JSON.parse(process.argv[2])));
  process.disconnect();
} else {
  const folder = await mkdtemp(join(tmpdir(), 'robusta-bench-'));
  const put = (name, value, unit, rest = {}) =>
    record({ package: '@robusta/detector', name, value, unit, ...rest });
  try {
    await mkdir(folder, { recursive: true });
    const bytes = await writeData(folder);
    put(`features of ${VIDEOS} videos x ${CROPS} crops, 50 to 400 snippets`, bytes / MB, 'MB');
    const memory = await inChild(folder, 'memory');
    put('peak memory, all features in memory', memory.peak, 'MB');
    put('  time of a step', memory.epochs.at(-1).secondsPerStep, 's');
    put('  share of it in which the batch is laid out', 100 * memory.epochs.at(-1).waiting, '%');
    for (const megabytes of [64, 1024]) {
      const { peak, epochs, cold, lookSeconds } = await inChild(folder, megabytes);
      put(`peak memory, features on disk, ${megabytes} MB for them`, peak, 'MB', {
        peer: 'less than in memory',
        ratio: memory.peak / peak,
      });
      put('  first look at all data', lookSeconds, 's');
      if (!cold)
        console.error('dd cannot drop files from the page cache here: no epoch reads from the disk.');
      for (const [i, { waiting, secondsPerStep, read }] of epochs.entries()) {
        put(`  epoch ${i + 1}: time of a step`, secondsPerStep, 's', {
          peer: 'of that in memory',
          ratio: secondsPerStep / memory.epochs.at(-1).secondsPerStep,
        });
        put(`  epoch ${i + 1}: share of it that waits for the batch`, 100 * waiting, '%');
        put(`  epoch ${i + 1}: read from the disk`, read, 'MB');
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
