/** Samples of a stream, addressed by their places in it, of which old ones are forgotten. */
export interface SampleQueue {
  /** One past the last sample. */
  readonly end: number;
  push(samples: Float32Array): void;
  /** Appends silence. */
  pad(count: number): void;
  /** Samples from `start` on, as a view; places before the stream's start are silence. */
  view(start: number, count: number): Float32Array;
  /** Adds to the samples from `start` on, appending silence first where the stream ends before. */
  add(start: number, samples: Float32Array): void;
  /** Forgets what lies before a place. */
  forget(before: number): void;
}

/**
 * @param start - the place of the first sample; below it there is silence down to the lowest place asked for
 * @param room - samples to hold at first; the queue grows where they are too few
 */
export function createSampleQueue(start = 0, room = 4096): SampleQueue {
  let data = new Float32Array(room);
  let base = start;
  let end = start;

  function reserve(count: number): void {
    if (end - base + count <= data.length) return;
    const grown = new Float32Array(2 * (end - base + count));
    grown.set(data.subarray(0, end - base));
    data = grown;
  }

  return {
    get end() {
      return end;
    },
    push(samples) {
      reserve(samples.length);
      data.set(samples, end - base);
      end += samples.length;
    },
    pad(count) {
      reserve(count);
      data.fill(0, end - base, end - base + count);
      end += count;
    },
    view: (from, count) => data.subarray(from - base, from - base + count),
    add(from, samples) {
      if (from + samples.length > end) this.pad(from + samples.length - end);
      for (let i = 0; i < samples.length; i++) data[from - base + i]! += samples[i]!;
    },
    forget(before) {
      // Moved in long strides, so that each sample is moved about once.
      if (before - base < data.length / 2) return;
      data.copyWithin(0, before - base, end - base);
      base = before;
    },
  };
}
