import { type FeatureSequence, RobustaError, throwIfAborted } from '@robusta/core';
import { type RowRule, WINDOW_FRAMES } from '../grid.js';
import type { Batcher } from '../model/batcher.js';
import { PendingRows, stacked } from '../model/pending-rows.js';
import type { ExtractionProgress, VisualReport } from '../options.js';
import { loopClip } from './clip-writer.js';
import type { CropCount } from './crops.js';
import type { WindowSource } from './window-source.js';

/** What an extraction needs besides its windows. */
export interface I3dJob {
  batcher: Batcher;
  crops: CropCount;
  dim: number;
  rows: RowRule;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ExtractionProgress) => void) | undefined;
}

/**
 * Windows in, `[T, crops, dim]` out. The windows that follow are asked for while the network runs; a failure of either
 * side ends the other.
 */
export async function extractI3d(
  source: WindowSource,
  job: I3dJob,
): Promise<{ sequence: FeatureSequence; report: VisualReport }> {
  const { batcher, crops, dim, rows, signal } = job;
  const pending = new PendingRows(job.onProgress);
  let count = 0;
  batcher.enter();
  try {
    for (;;) {
      const window = await source.next(() => batcher.acquire());
      if (!window) break;
      const { slot, frames } = window;
      const first = count === 0;
      count += frames;
      if (frames === WINDOW_FRAMES || first) {
        if (frames < WINDOW_FRAMES) loopClip(slot.tensor, frames);
        pending.add(slot.submit());
      } else slot.discard();
      throwIfAborted(signal);
      pending.throwIfFailed();
    }
    throwIfAborted(signal);
    if (count === 0) {
      throw new RobustaError('EMPTY_INPUT', 'the video has no frames', {
        hint: 'check that the file holds pictures',
      });
    }
  } finally {
    batcher.leave();
    await source.close();
  }
  const all = await pending.finish();
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
