import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { fromWire, RobustaError, throwIfAborted } from '@robusta/core';
import type { BatchFeed, FeedOptions } from './batch-feed.js';
import { type Batch, type BatchSpec, emptyBatch, memoryOf, placeInMemory } from './batches.js';
import { modalities, type TrainingVideo } from './data.js';
import type { FeedAnswer, FeedRequest, FeedWorkerData } from './feed-worker.js';
import type { Sample } from './samples.js';
import { isStored } from './stored.js';
import type { StoredVideo } from './stored-filler.js';

/** The built file: threads run plain JavaScript, also where this file runs from its source. */
function workerFile(): string {
  const file = fileURLToPath(new URL('./feed-worker.js', import.meta.url.replace(/\/src\/[^/]*$/, '/dist/')));
  if (existsSync(file)) return file;
  throw new RobustaError('INTERNAL', `${file} does not exist`, { hint: 'build the package: tsc -b' });
}

function storedPart(video: TrainingVideo): StoredVideo {
  const part: StoredVideo = {};
  for (const modality of modalities) {
    const features = video[modality];
    if (features && isStored(features)) part[modality] = features.files;
  }
  return part;
}

/**
 * Batches of features that are stored. A thread reads and lays them out: ONNX Runtime keeps this one busy for the whole of
 * a step. Two batches go to and fro between the threads.
 */
export class WorkerFeed implements BatchFeed {
  private readonly worker: Worker;
  private readonly batches: [Batch, Batch];
  private turn: 0 | 1 = 0;
  private readonly numbers: ReadonlyMap<TrainingVideo, number>;
  private failure: unknown;
  private settle: { resolve(answer: FeedAnswer): void; reject(error: unknown): void } | undefined;

  constructor(
    private readonly spec: BatchSpec,
    videos: readonly TrainingVideo[],
    private readonly options: FeedOptions,
  ) {
    this.batches = [emptyBatch(spec), emptyBatch(spec)];
    this.numbers = new Map(videos.map((video, i) => [video, i]));
    const workerData: FeedWorkerData = {
      spec,
      videos: videos.map(storedPart),
      cacheBytes: options.cacheBytes,
    };
    this.worker = new Worker(workerFile(), { workerData, execArgv: [] });
    // Only somebody who waits for a batch keeps the process alive.
    this.worker.unref();
    this.worker.on('message', (answer: FeedAnswer) => this.settle?.resolve(answer));
    this.worker.on('error', (error) => this.fail(died(error.message)));
    this.worker.on('exit', (code) => this.fail(died(`it ended with code ${code}`)));
  }

  async fill(samples: readonly Sample[]): Promise<Batch> {
    throwIfAborted(this.options.signal);
    if (this.failure) throw this.failure;
    const { turn } = this;
    this.turn = turn === 0 ? 1 : 0;
    try {
      const batch = await this.ask(this.batches[turn], samples);
      placeInMemory(this.spec, batch, samples);
      this.batches[turn] = batch;
      return batch;
    } catch (error) {
      // The memory of the batch is gone.
      this.failure = error;
      throw error;
    }
  }

  private async ask(batch: Batch, samples: readonly Sample[]): Promise<Batch> {
    const { signal } = this.options;
    const answered = new Promise<FeedAnswer>((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    const stop = () => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        this.settle?.reject(error);
      }
    };
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const request: FeedRequest = {
        batch,
        samples: samples.map(({ video, crop, kind }) => ({
          video: this.numbers.get(video)!,
          label: video.label,
          crop,
          kind,
        })),
      };
      this.worker.ref();
      this.worker.postMessage(request, memoryOf(batch));
      const answer = await answered;
      if ('error' in answer) throw fromWire(answer.error);
      return answer.batch;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.settle = undefined;
      this.worker.unref();
    }
  }

  private fail(error: RobustaError): void {
    this.failure ??= error;
    this.settle?.reject(error);
  }

  async dispose(): Promise<void> {
    this.failure ??= new RobustaError('BAD_INPUT', 'fill() was called on a feed after dispose()');
    await this.worker.terminate();
  }
}

const died = (reason: string) =>
  new RobustaError('INTERNAL', `the thread that reads features died: ${reason}`, {
    hint: 'run again; if it happens again, memory is probably short: lower cacheBytes',
  });
