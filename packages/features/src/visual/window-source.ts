import { performance } from 'node:perf_hooks';
import { type Frame, throwIfAborted } from '@robusta/core';
import { WINDOW_FRAMES } from '../grid.js';
import type { Slot } from '../model/batcher.js';
import type { ExtractionTimes } from '../model/times.js';
import { ClipWriter } from './clip-writer.js';
import type { CropCount } from './crops.js';
import type { VisualRecipe } from './preparation.js';

/** A window in its place in a batch, not handed in yet. */
export interface Window {
  slot: Slot;
  /** Pictures in it: 16, fewer at the end of the video. */
  frames: number;
}

/** The windows of one video, in order. */
export interface WindowSource {
  /**
   * @param acquire - waits for a place in a batch
   * @returns undefined after the last picture
   */
  next(acquire: () => Promise<Slot>): Promise<Window | undefined>;
  close(): Promise<void>;
}

/** How pictures become windows. */
export interface WindowForm {
  recipe: VisualRecipe;
  crops: CropCount;
}

/** Prepares frames where they are taken from their source, and counts what it takes. */
export class FrameWindows implements WindowSource {
  private readonly frames: Iterator<Frame> | AsyncIterator<Frame>;
  private writer: ClipWriter | undefined;
  private count = 0;

  constructor(
    source: Iterable<Frame> | AsyncIterable<Frame>,
    private readonly form: WindowForm,
    private readonly times: Omit<ExtractionTimes, 'clips'>,
    private readonly signal?: AbortSignal,
  ) {
    this.frames = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  async next(acquire: () => Promise<Slot>): Promise<Window | undefined> {
    let slot: Slot | undefined;
    try {
      const frames = await this.fill(async () => {
        slot = await acquire();
        return slot.tensor;
      });
      return slot && { slot, frames };
    } catch (error) {
      slot?.discard();
      throw error;
    }
  }

  /**
   * Fills one window.
   * @param open - where to: called once there is a picture
   * @returns the number of pictures that there were, at most 16
   */
  async fill(open: () => Promise<Float32Array>): Promise<number> {
    const { form, times, signal } = this;
    let tensor: Float32Array | undefined;
    for (let place = 0; place < WINDOW_FRAMES; place++) {
      throwIfAborted(signal);
      let start = performance.now();
      const { network } = times;
      const { done, value: frame } = await this.frames.next();
      // In one thread, a network that ran meanwhile is not a part of decoding.
      times.decode += Math.max(0, (performance.now() - start) / 1000 - (times.network - network));
      if (done) return place;
      tensor ??= await open();
      start = performance.now();
      this.writer ??= new ClipWriter(frame, form.recipe, form.crops);
      this.writer.write(frame, this.count++, place, tensor);
      times.prepare += (performance.now() - start) / 1000;
    }
    return WINDOW_FRAMES;
  }

  async close(): Promise<void> {
    await this.frames.return?.();
  }
}
