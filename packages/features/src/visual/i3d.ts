import { performance } from 'node:perf_hooks';
import { type FeatureSequence, type Frame, RobustaError, throwIfAborted } from '@robusta/core';
import { type RowRule, WINDOW_FRAMES } from '../grid.js';
import type { Batcher, Slot } from '../model/batcher.js';
import { PendingRows, stacked } from '../model/pending-rows.js';
import type { ExtractionTimes } from '../model/times.js';
import type { ExtractionProgress, VisualReport } from '../options.js';
import { ClipWriter, loopClip } from './clip-writer.js';
import type { CropCount } from './crops.js';
import type { VisualRecipe } from './preparation.js';

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
  const windows = new PendingRows(job.onProgress);
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
        windows.add(slot.submit());
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
      windows.add(slot!.submit());
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
  const data = stacked(all, length, crops * dim);
  return {
    sequence: { modality: 'visual', length, crops, dim, data },
    report: {
      frames: count,
      droppedFrames: Math.max(0, count - length * WINDOW_FRAMES),
      looped: count < WINDOW_FRAMES,
    },
  };
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
