/** What to do with decoded samples so that they lie at their time. */
export interface Placement {
  /** Samples of silence to put before them. */
  silence: number;
  /** Samples to leave out at their beginning. */
  skip: number;
}

/** Timestamps of some containers are rounded to milliseconds: only larger differences are gaps (as in aresample). */
const TOLERANCE_SECONDS = 0.1;

/**
 * Keeps sound on the container's clock: sample j of the output is heard at j / sampleRate.
 * The first samples are placed exactly (late: silence before them, early: cut); afterwards samples follow each other
 * unless their time differs by more than 0.1 s from where they would lie.
 */
export function createAudioClock(sampleRate: number) {
  let position = 0;
  let started = false;
  return {
    /**
     * @param start - sample index at which they should lie, undefined: behind the ones before
     * @param length - number of samples
     */
    place(start: number | undefined, length: number): Placement {
      const difference = start === undefined ? 0 : Math.round(start) - position;
      const significant = !started || Math.abs(difference) > TOLERANCE_SECONDS * sampleRate;
      const silence = significant ? Math.max(0, difference) : 0;
      const skip = significant ? Math.min(length, Math.max(0, -difference)) : 0;
      started ||= skip < length;
      position += silence + length - skip;
      return { silence, skip };
    },
  };
}
