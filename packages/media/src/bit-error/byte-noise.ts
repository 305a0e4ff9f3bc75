/** A span of bytes, from the first to before the last. */
export type Span = readonly [from: number, to: number];

/** The state of FFmpeg's `noise` bitstream filter, and how many bytes it has replaced. */
export interface ByteNoise {
  /** Damages bytes in place. Those in `spared` spans are counted but kept. */
  damage(bytes: Uint8Array, spared?: readonly Span[]): void;
  /** The counter, 0 to 2^32 - 1. */
  readonly state: number;
  /** Bytes that were replaced so far, equal ones included. */
  readonly hits: number;
}

/**
 * The machine of `ffmpeg -bsf noise=<bytesPerError>`: a 32-bit counter that lives through the stream grows by
 * each byte and one more; where it is a multiple of `bytesPerError`, its low 8 bits take the place of the byte.
 * @param bytesPerError - on average one byte in so many is replaced, 1 to 2^32 - 1
 * @param start - the counter at the beginning; FFmpeg starts at 0
 */
export function createByteNoise(bytesPerError: number, start = 0): ByteNoise {
  let state = start >>> 0;
  let hits = 0;

  function run(bytes: Uint8Array, from: number, to: number, keep: boolean) {
    let counter = state;
    for (let i = from; i < to; i++) {
      counter = (counter + bytes[i]! + 1) >>> 0;
      if (counter % bytesPerError === 0 && !keep) {
        bytes[i] = counter;
        hits++;
      }
    }
    state = counter;
  }

  return {
    damage(bytes, spared = []) {
      let at = 0;
      for (const [from, to] of spared) {
        run(bytes, at, from, false);
        run(bytes, from, to, true);
        at = to;
      }
      run(bytes, at, bytes.length, false);
    },
    get state() {
      return state;
    },
    get hits() {
      return hits;
    },
  };
}
