/** Something that takes sound piece by piece and gives it back, changed, perhaps some samples later. */
export interface Stage {
  /**
   * Takes a piece (one array a channel, of one length) and gives the samples that are ready.
   * @param into - where they may be put, from the start on, in place of new arrays
   */
  push(channels: readonly Float32Array[], into?: readonly Float32Array[]): Float32Array[];
  /** Gives what is left: as many samples have come out as have gone in. */
  flush(): Float32Array[];
}

/** All that a stage gives for a whole clip. */
export function runStage(stage: Stage, channels: readonly Float32Array[]): Float32Array[] {
  return joinPieces(stage.push(channels), stage.flush());
}

/** Lays the pieces of each channel end to end; the second ones may be missing. */
export function joinPieces(first: readonly Float32Array[], second: readonly Float32Array[]): Float32Array[] {
  return first.map((head, c) => {
    const tail = second[c];
    if (!tail || tail.length === 0) return head;
    if (head.length === 0) return tail;
    const whole = new Float32Array(head.length + tail.length);
    whole.set(head);
    whole.set(tail, head.length);
    return whole;
  });
}

/**
 * Makes a stage for each pass over a sound. For a sound in memory, whose passes come in the same pieces, the first pass
 * keeps the results for the others.
 * @param storage - arrays of the sound's length that may hold what is kept
 */
export function stageForPasses(
  make: () => Stage,
  isWhole: boolean,
  storage?: readonly Float32Array[],
): () => Stage {
  if (!isWhole) return make;
  const kept: Float32Array[][] = [];
  let isKept = false;
  return () => {
    if (isKept) {
      let next = 0;
      const replay = () => kept[next++]!;
      return { push: replay, flush: replay };
    }
    isKept = true;
    const stage = make();
    let ready = 0;
    const keep = (pieces: Float32Array[]) => {
      ready += pieces[0]?.length ?? 0;
      kept.push(pieces);
      return pieces;
    };
    return {
      push: (channels) =>
        keep(
          stage.push(
            channels,
            storage?.map((samples) => samples.subarray(ready)),
          ),
        ),
      flush: () => keep(stage.flush()),
    };
  };
}
