import { performance } from 'node:perf_hooks';
import { type FeatureSequence, type Frame, RobustaError, throwIfAborted } from '@robusta/core';
import { FPS, type RowRule, WINDOW_FRAMES } from '../grid.js';
import type { ExtractionProgress, VisualReport } from '../options.js';
import type { Batcher, Slot } from './batcher.js';
import { ClipWriter, loopClip } from './clip-writer.js';
import type { CropCount } from './crops.js';
import type { VisualRecipe } from './preparation.js';

/** Where the time of an extractor went, summed over everything it extracted. */
export interface ExtractionTimes {
  /** Clips that went through the network: windows times crops. */
  clips: number;
  /** Seconds of waiting for pictures. */
  decode: number;
  /** Seconds of resizing, cropping and normalizing. */
  prepare: number;
  /** Seconds in which the network ran, beside the other two. */
  network: number;
}

/** What an extraction needs besides its frames. */
export interface I3dJob {
  batcher: Batcher;
  recipe: VisualRecipe;
  crops: CropCount;
  dim: number;
  rows: RowRule;
  times: ExtractionTimes;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ExtractionProgress) => void) | undefined;
}

/**
 * Frames in, `[T, crops, dim]` out. While the network runs one batch, frames are decoded and prepared for the next; a
 * failure of either side ends the other.
 */
export async function extractI3d(
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  job: I3dJob,
): Promise<{ sequence: FeatureSequence; report: VisualReport }> {
  const { batcher, crops, dim, rows, signal } = job;
  const windows = new WindowFeatures(job);
  let writer: ClipWriter | undefined;
  let slot: Slot | undefined;
  let count = 0;
  batcher.enter();
  try {
    for await (const frame of timed(frames, job.times)) {
      throwIfAborted(signal);
      windows.throwIfFailed();
      const place = count % WINDOW_FRAMES;
      slot ??= await batcher.acquire();
      const start = performance.now();
      writer ??= new ClipWriter(frame, job.recipe, crops);
      writer.write(frame, count, place, slot.tensor);
      job.times.prepare += (performance.now() - start) / 1000;
      count++;
      if (place === WINDOW_FRAMES - 1) {
        windows.add(slot);
        slot = undefined;
      }
    }
    throwIfAborted(signal);
    if (count === 0) {
      throw new RobustaError('EMPTY_INPUT', 'the video has no frames', {
        hint: 'check that the file holds pictures',
      });
    }
    if (count < WINDOW_FRAMES) {
      loopClip(slot!.tensor, count);
      windows.add(slot!);
      slot = undefined;
    }
  } finally {
    slot?.discard();
    batcher.leave();
  }
  const all = await windows.finish();
  throwIfAborted(signal);
  const drop = rows === 'xd' && count % WINDOW_FRAMES === 0 && all.length > 1 ? 1 : 0;
  const length = all.length - drop;
  const data = new Float32Array(length * crops * dim);
  for (let k = 0; k < length; k++) data.set(all[k]!, k * crops * dim);
  return {
    sequence: { modality: 'visual', length, crops, dim, data },
    report: {
      frames: count,
      droppedFrames: Math.max(0, count - length * WINDOW_FRAMES),
      looped: count < WINDOW_FRAMES,
    },
  };
}

/** The windows of a video that were handed in, and what has come back. */
class WindowFeatures {
  private readonly pending: Promise<Float32Array>[] = [];
  private done = 0;
  private failure: { error: unknown } | undefined;

  constructor(private readonly job: I3dJob) {}

  add(slot: Slot): void {
    const features = slot.submit().then((row) => {
      this.done++;
      this.job.onProgress?.({ snippets: this.done, seconds: (this.done * WINDOW_FRAMES) / FPS });
      return row;
    });
    features.catch((error: unknown) => {
      this.failure ??= { error };
    });
    this.pending.push(features);
  }

  throwIfFailed(): void {
    if (this.failure) throw this.failure.error;
  }

  finish(): Promise<Float32Array[]> {
    return Promise.all(this.pending);
  }
}

async function* timed(
  frames: Iterable<Frame> | AsyncIterable<Frame>,
  times: ExtractionTimes,
): AsyncGenerator<Frame, void, undefined> {
  let start = performance.now();
  for await (const frame of frames) {
    times.decode += (performance.now() - start) / 1000;
    yield frame;
    start = performance.now();
  }
}
