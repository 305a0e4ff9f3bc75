import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync, rmSync, truncateSync, utimesSync } from 'node:fs';
import { createFeed } from '../src/batch-feed.js';
import { type Batch, type BatchSpec, emptyBatch, memoryOf } from '../src/batches.js';
import { type TrainingVideo, trainDetector } from '../src/index.js';
import { orderOf } from '../src/order.js';
import { samplesOf } from '../src/samples.js';
import { StoredFiller } from '../src/stored-filler.js';
import { survey } from '../src/survey.js';
import { storedVideos, temporaryFolder } from './stored-files.js';
import { tiny } from './tiny-backbone.js';
import { toyVideos } from './toy.js';

const folder = temporaryFolder();
const videos = toyVideos(9, { crops: 3 });
const forms = ['one file', 'crop files'] as const;

const layouts = {
  plain: { crops: 'apart', halves: false, lengths: 'sample' },
  wished: { crops: 'together', halves: true, lengths: 'segments' },
} as const;

async function specOf(fusion: BatchSpec['fusion'], layout: BatchSpec['layout']): Promise<BatchSpec> {
  const { shape, scalings } = await survey(videos, fusion, { inputClamp: 2 });
  // Shorter than most videos, longer than some; segments of one and of several snippets.
  return { fusion, shape, scalings, batchSize: 4, length: layout.lengths === 'segments' ? 7 : 10, layout };
}

/** Samples of each batch of two epochs. */
function ordersOf({ batchSize, layout, fusion, shape }: BatchSpec, data: readonly TrainingVideo[]) {
  const samples = samplesOf(data, fusion, shape, layout);
  return [0, 1].flatMap((epoch) => {
    const order = orderOf(samples, batchSize, layout, 3, epoch);
    const count = Math.ceil(order.length / batchSize);
    return Array.from({ length: count }, (_, i) => order.slice(i * batchSize, (i + 1) * batchSize));
  });
}

function hashOf(batch: Batch): string {
  const hash = createHash('sha256');
  for (const memory of memoryOf(batch)) hash.update(new Uint8Array(memory));
  return hash.digest('hex');
}

/** All batches, asked for as a training does: one ahead. */
async function batchesOf(spec: BatchSpec, data: readonly TrainingVideo[], cacheBytes = 0) {
  const orders = ordersOf(spec, data);
  const feed = createFeed(spec, data, { cacheBytes });
  try {
    const batches: string[] = [];
    let next = feed.fill(orders[0]!);
    for (let i = 0; i < orders.length; i++) {
      const batch = await next;
      if (i + 1 < orders.length) next = feed.fill(orders[i + 1]!);
      // While the next is made: it must not be written into this one.
      await new Promise((resolve) => setTimeout(resolve, 1));
      batches.push(hashOf(batch));
    }
    return batches;
  } finally {
    await feed.dispose();
  }
}

/** All batches as the thread of a feed makes them, but in this one. */
async function fillerBatchesOf(
  spec: BatchSpec,
  data: Awaited<ReturnType<typeof storedVideos>>,
  cacheBytes: number,
) {
  const files = data.map(({ visual, audio }) => ({ visual: visual.files, audio: audio.files }));
  const filler = new StoredFiller(spec, files, cacheBytes);
  const batch = emptyBatch(spec);
  const batches: string[] = [];
  for (const order of ordersOf(spec, data)) {
    const samples = order.map(({ video, crop, kind }) => ({
      video: data.findIndex(({ id }) => id === video.id),
      label: video.label,
      crop,
      kind,
    }));
    await filler.fill(batch, samples);
    batches.push(hashOf(batch));
  }
  return batches;
}

/** Files of the folder that this process has open; none where the system does not tell. */
const openFiles = () =>
  (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : []).filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      return false;
    }
  });

describe.each(Object.entries(layouts))('batches of stored features, layout %s', (_, layout) => {
  test.each(['concat', 'shared'] as const)(
    '%s: the same bytes as in memory, whatever is kept',
    async (fusion) => {
      const spec = await specOf(fusion, layout);
      const expected = await batchesOf(spec, videos);
      expect(new Set(expected).size).toBe(expected.length);
      for (const form of forms) {
        const stored = await storedVideos(folder, videos, form);
        for (const cacheBytes of [0, 2000, 1e6]) {
          expect(await fillerBatchesOf(spec, stored, cacheBytes)).toEqual(expected);
        }
      }
    },
  );

  test('some in memory, some stored, some absent', async () => {
    const spec = await specOf('shared', layout);
    const stored = await storedVideos(folder, videos, 'crop files');
    const mixed = (of: typeof stored | typeof videos) =>
      videos.map(({ audio, ...video }, i): TrainingVideo => {
        const { visual } = i % 2 === 0 ? video : of[i]!;
        return { ...video, visual, ...(i === 4 ? {} : { audio }) };
      });
    expect(await batchesOf(spec, mixed(stored), 1000)).toEqual(await batchesOf(spec, mixed(videos)));
  });
});

test.each(forms)('what fits is kept: a second epoch needs no files, %s', async (form) => {
  const spec = await specOf('shared', layouts.plain);
  const secondEpoch = async (cacheBytes: number) => {
    const stored = await storedVideos(folder, videos, form);
    const samples = samplesOf(stored, 'shared', spec.shape, layouts.plain);
    const feed = createFeed(spec, stored, { cacheBytes });
    try {
      for (let i = 0; i < samples.length; i += 4) await feed.fill(samples.slice(i, i + 4));
      for (const { files } of stored.flatMap(({ visual, audio }) => [visual, audio])) {
        for (const { path } of files) rmSync(path);
      }
      await feed.fill(samples.slice(0, 4));
    } finally {
      await feed.dispose();
    }
  };
  await secondEpoch(1e6);
  await expect(secondEpoch(0)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});

describe('training on stored features', () => {
  const train = (data: readonly TrainingVideo[], options = {}) =>
    trainDetector({ backbone: tiny, data, fusion: 'shared', epochs: 3, seed: 5, batchSize: 4, ...options });

  test.each(forms)(
    'the same weights, byte by byte, and the same fingerprint as in memory: %s',
    async (form) => {
      const before = openFiles().length;
      using expected = await train(videos);
      using detector = await train(await storedVideos(folder, videos, form), { cacheBytes: 3000 });
      expect(detector.weights).toEqual(expected.weights);
      expect(detector.description).toEqual(expected.description);
      expect(openFiles()).toHaveLength(before);
    },
  );

  test('validation videos may be stored too', async () => {
    const measured: (number | undefined)[][] = [];
    for (const held of [
      toyVideos(4, { crops: 3 }),
      await storedVideos(folder, toyVideos(4, { crops: 3 }), 'one file'),
    ]) {
      const own: (number | undefined)[] = [];
      const onEpoch = ({ validation }: { validation?: number }) => own.push(validation);
      using _ = await train(videos, { validation: { videos: held }, onEpoch });
      measured.push(own);
    }
    expect(measured[1]).toEqual(measured[0]);
    expect(measured[0]).toHaveLength(3);
  });

  test.each<[string, (path: string) => void, string, RegExp]>([
    ['vanished', (path) => rmSync(path), 'FILE_NOT_FOUND', /video-5__2\.npy does not exist/],
    ['cut short', (path) => truncateSync(path, 130), 'TRUNCATED', /video-5__2\.npy: was changed/],
    ['written to', (path) => utimesSync(path, 1, 1), 'FEATURE_MISMATCH', /video-5__2\.npy: was changed/],
  ])('a file that is %s in the middle stops it, naming the file', async (_, spoil, code, message) => {
    const stored = await storedVideos(folder, videos, 'crop files');
    const before = openFiles().length;
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch === 1) spoil(stored[5]!.visual.files[2]!.path);
    };
    await expect(train(stored, { onEpoch, cacheBytes: 0 })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(openFiles()).toHaveLength(before);
  });

  test('a signal stops it', async () => {
    const controller = new AbortController();
    const onEpoch = () => controller.abort();
    const stored = await storedVideos(folder, videos, 'one file');
    const running = train(stored, { onEpoch, signal: controller.signal });
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

test('a signal ends the wait for a batch; a feed that failed or was disposed of stays refused', async () => {
  const spec = await specOf('shared', layouts.plain);
  const stored = await storedVideos(folder, videos, 'one file');
  const samples = samplesOf(stored, 'shared', spec.shape, layouts.plain).slice(0, 4);
  const controller = new AbortController();
  const feed = createFeed(spec, stored, { cacheBytes: 0, signal: controller.signal });
  const waiting = feed.fill(samples);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(feed.fill(samples)).rejects.toMatchObject({ code: 'ABORTED' });
  await feed.dispose();

  const other = createFeed(spec, stored, { cacheBytes: 0 });
  const lost = other.fill(samples);
  const end = expect(lost).rejects.toMatchObject({ code: 'INTERNAL' });
  await other.dispose();
  await end;
  await expect(other.fill(samples)).rejects.toMatchObject({ code: 'INTERNAL' });
});
