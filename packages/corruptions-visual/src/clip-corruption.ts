import { type Frame, parseOptions, RobustaError } from '@robusta/core';
import type { z } from 'zod';
import { checkFrame, checkIndex } from './check-frame.js';
import type { VisualCorruption } from './names.js';
import { visualCorruptionName } from './names.js';
import { type FrameParameters, roundingBias, withPhysicalParameters } from './options.js';
import { createRunningMean } from './running-mean.js';
import { divider, temporalBlur } from './temporal-blur.js';

/** The corruptions that need neighbouring frames. */
export type ClipCorruptionName = 'motion-blur' | 'motion_blur';

/** The options of temporal motion blur. */
export type ClipCorruptionOptions = z.input<typeof temporalBlur.schema>;

/** The parameters that a corruption uses; JSON-safe, and valid options that give the same bytes again. */
export interface ClipCorruptionParameters extends FrameParameters {
  mode: 'temporal';
  table: 'mini-kinetics-c' | 'mini-ssv2-c';
  /** Half of the frames that a result is the mean of. */
  halfWindow: number;
}

/** A corruption of clips, set up for one size of frame. */
export interface ClipCorruption {
  readonly name: VisualCorruption;
  readonly parameters: ClipCorruptionParameters;
  /** How many frames before a frame take part in its result. */
  readonly before: number;
  /** How many frames behind it do, which is how far the results of a stream lag. */
  readonly after: number;
  /**
   * One frame of a clip, by itself. Beyond its ends a clip goes on with its first and last frame.
   * @param frames - all frames of the clip; only those from index - before to index + after are read
   * @param index - 0-based position of the wanted frame
   * @param out - a frame of the same size to write into, in place of a new one
   * @returns `out`, or a new frame
   * @throws BAD_INPUT for frames of another size, and for an index beyond the clip
   */
  apply(frames: readonly Frame[], index: number, out?: Frame): Frame;
  /** Begins a clip that comes frame by frame. */
  stream(): ClipStream;
}

/** A clip on its way; as many frames come out as go in, the same as from {@link ClipCorruption.apply}. */
export interface ClipStream {
  /**
   * Takes the next frame, which may be written over afterwards.
   * @param out - where the result is written, in place of a new frame; may be `frame` itself
   * @returns the result of the frame that came `after` frames ago; undefined while there is none
   * @throws BAD_INPUT for a frame of another size, or after `flush`
   */
  push(frame: Frame, out?: Frame): Frame | undefined;
  /**
   * To be called after the last frame until it gives nothing more.
   * @returns the next result that is still owed; undefined where all frames have come out
   */
  flush(out?: Frame): Frame | undefined;
}

/**
 * Sets up a corruption that needs neighbouring frames: motion blur in time, each result the mean of frames t - c to
 * t + c - 1 (Yi et al. 2021).
 * @param name - `motion-blur`
 * @param options - severity, width, height, and by name halfWindow (c) or the published table
 * @throws BAD_OPTION for names of corruptions that work on single frames, and options out of range
 */
export function createClipCorruption(
  name: ClipCorruptionName,
  options: ClipCorruptionOptions,
): ClipCorruption {
  const resolved = visualCorruptionName(name);
  const what = `createClipCorruption(${JSON.stringify(name)})`;
  if (resolved !== 'motion-blur' || (options as { mode?: string } | undefined)?.mode === 'directional') {
    const which = resolved === 'motion-blur' ? 'mode "directional"' : resolved;
    throw new RobustaError('BAD_OPTION', `${what}: ${which} needs no neighbours of a frame`, {
      hint:
        resolved === 'bit-error'
          ? 'use corruptMedia of @robusta/media'
          : 'use createFrameCorruption for single frames',
    });
  }
  const checked = parseOptions(temporalBlur.schema, options, what);
  const parameters = withPhysicalParameters(what, temporalBlur, checked) as ClipCorruptionParameters;
  const { width, height, halfWindow, rounding } = parameters;
  const bytes = width * height * 3;
  const division = divider(2 * halfWindow, roundingBias(rounding));
  const after = halfWindow - 1;

  function target(out: Frame | undefined): Frame {
    if (!out) return { width, height, data: new Uint8Array(bytes) };
    checkFrame(out, width, height, 'out');
    return out;
  }

  let sums: Uint16Array | undefined;
  function apply(frames: readonly Frame[], index: number, out?: Frame): Frame {
    checkIndex(index);
    if (index >= frames.length) {
      throw new RobustaError('BAD_INPUT', `frame ${index} of a clip of ${frames.length}`);
    }
    const result = target(out);
    sums ??= new Uint16Array(bytes);
    sums.fill(division.start);
    for (let t = index - halfWindow; t <= index + after; t++) {
      const frame = frames[Math.max(0, Math.min(frames.length - 1, t))]!;
      checkFrame(frame, width, height, 'frame');
      for (let i = 0; i < bytes; i++) sums[i]! += frame.data[i]!;
    }
    for (let i = 0; i < bytes; i++) result.data[i] = Math.imul(sums[i]!, division.factor) >>> division.shift;
    return result;
  }

  function stream(): ClipStream {
    const mean = createRunningMean(bytes, 2 * halfWindow, division);
    let taken = 0;
    let given = 0;
    let ended = false;
    function give(out: Frame | undefined): Frame {
      const result = target(out);
      mean.store(result.data);
      given++;
      return result;
    }
    return {
      push(frame, out) {
        if (ended) throw new RobustaError('BAD_INPUT', 'a frame after the end of the clip');
        checkFrame(frame, width, height, 'frame');
        if (out) checkFrame(out, width, height, 'out');
        mean.add(frame.data);
        taken++;
        return taken > after ? give(out) : undefined;
      },
      flush(out) {
        if (!ended) {
          ended = true;
          // In a clip shorter than the lag nothing has come out yet.
          for (let t = taken; t < after && taken > 0; t++) mean.repeat();
        }
        if (given === taken) return undefined;
        mean.repeat();
        return give(out);
      },
    };
  }

  return { name: resolved, parameters, before: halfWindow, after, apply, stream };
}
