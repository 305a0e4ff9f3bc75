import { parentPort, workerData } from 'node:worker_threads';
import { toWire, type WireError } from '@robusta/core';
import { type Batch, type BatchSpec, memoryOf } from './batches.js';
import { StoredFiller, type StoredSample, type StoredVideo } from './stored-filler.js';

/** What the thread is started with. */
export interface FeedWorkerData {
  spec: BatchSpec;
  videos: readonly StoredVideo[];
  cacheBytes: number;
}

/** What the thread is asked for: to fill these arrays, which are its own until it answers. */
export interface FeedRequest {
  batch: Batch;
  samples: readonly StoredSample[];
}

/** What it answers. */
export type FeedAnswer = { batch: Batch } | { error: WireError };

if (parentPort) {
  const port = parentPort;
  const { spec, videos, cacheBytes } = workerData as FeedWorkerData;
  const filler = new StoredFiller(spec, videos, cacheBytes);
  port.on('message', async ({ batch, samples }: FeedRequest) => {
    try {
      await filler.fill(batch, samples);
      port.postMessage({ batch } satisfies FeedAnswer, memoryOf(batch));
    } catch (error) {
      port.postMessage({ error: toWire(error) } satisfies FeedAnswer);
    }
  });
}
