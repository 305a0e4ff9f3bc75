import { createInterpolation } from './interpolation.js';
import { createSampleQueue } from './sample-queue.js';
import type { Stage } from './stage.js';

/** A way to make the frames of a stretched sound; frames overlap and add up, `hop` apart. */
export interface StretchFrames {
  /** Samples of a frame of the result. */
  size: number;
  /** Distance of frames in the result. */
  hop: number;
  /** Samples of the sound before a frame and after it that are read too. */
  lookBack: number;
  lookAhead: number;
  /**
   * Makes the next frame.
   * @param pieces - the sound around the frame, each channel from `lookBack` before its start
   * @param start - where the frame starts in the sound
   * @param write - takes the frame of a channel
   */
  next(pieces: readonly Float32Array[], start: number, write: (c: number, frame: Float32Array) => void): void;
}

/** Zero crossings on each side of the filter that reads the stretched sound. */
const ZERO_CROSSINGS = 24;

/**
 * Shifts the pitch by `ratio` and keeps the duration: stretches by `ratio` and reads the result `ratio` times as fast,
 * below the lower of the two Nyquist frequencies. Times are kept: the middle of a frame at t lies at ratio t.
 */
export function createPitchStage(ratio: number, channelCount: number, frames: StretchFrames): Stage {
  const { size, hop, lookBack, lookAhead } = frames;
  // The transition band of the filter (24 % of its cutoff) lies below the Nyquist frequency by half.
  const reading = createInterpolation(0.9 * Math.min(1, 1 / ratio), ZERO_CROSSINGS, ratio);
  // Frames before the start, so that the first one read is complete.
  const first = -Math.ceil((reading.reach + size) / hop);
  const startOf = (m: number) => Math.round((m * hop) / ratio) - size / 2 - lookBack;
  const queues = () => Array.from({ length: channelCount }, () => createSampleQueue(startOf(first)));
  const sound = queues();
  for (const queue of sound) queue.pad(-startOf(first));
  const stretched = Array.from({ length: channelCount }, () => createSampleQueue(first * hop - size / 2));
  let frame = first;
  let taken = 0;
  let given = 0;

  /** Makes all frames that the sound allows, and reads what is complete, up to `limit` samples in all. */
  function advance(limit: number): Float32Array[] {
    const needed = lookBack + size + lookAhead;
    for (; startOf(frame) + needed <= sound[0]!.end; frame++) {
      const start = startOf(frame);
      const pieces = sound.map((queue) => queue.view(start, needed));
      frames.next(pieces, start + lookBack, (c, samples) => {
        stretched[c]!.add(frame * hop - size / 2, samples);
      });
      for (const queue of sound) queue.forget(startOf(frame + 1));
    }
    // Complete up to where the next frame starts.
    const complete = frame * hop - size / 2 - reading.reach - 1;
    const count = Math.max(0, Math.min(limit, Math.floor(complete / ratio)) - given);
    const outputs = stretched.map((queue) => {
      const output = new Float32Array(count);
      const start = Math.floor(given * ratio) - reading.reach;
      const span = Math.ceil(count * ratio) + 2 * reading.reach + 2;
      reading.read(queue.view(start, span), start, given, ratio, output);
      return output;
    });
    given += count;
    for (const queue of stretched) queue.forget(Math.floor(given * ratio) - reading.reach);
    return outputs;
  }

  return {
    push(channels) {
      const { length } = channels[0]!;
      const parts: Float32Array[][] = [];
      // In short pieces, so that memory does not grow with the piece that is pushed.
      for (let from = 0; from < length; from += PIECE) {
        channels.forEach((samples, c) => {
          sound[c]!.push(samples.subarray(from, from + PIECE));
        });
        taken += Math.min(PIECE, length - from);
        parts.push(advance(taken));
      }
      return channels.map((_, c) => concatenated(parts.map((part) => part[c]!)));
    },
    flush() {
      const parts: Float32Array[][] = [];
      while (given < taken) {
        for (const queue of sound) queue.pad(size);
        parts.push(advance(taken));
      }
      return sound.map((_, c) => concatenated(parts.map((part) => part[c]!)));
    },
  };
}

/** Samples that are taken at a time. */
const PIECE = 8192;

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
