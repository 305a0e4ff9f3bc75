import { deriveSeed, hash32 } from '@robusta/core';

/** A piece of sound that is silenced, in samples. */
export type Segment = readonly [start: number, length: number];

const uniform = (seed: number, index: number) => hash32(seed, index) / 4294967296;

/**
 * Segments that cover round(share * length) samples exactly and never overlap: lengths are drawn uniformly
 * until they sum to that, the last one cut; what is left of the clip is spread over the gaps by sorted uniform
 * draws. Segments that touch are joined.
 * @param shortest - samples, at least 1
 */
export function randomSegments(
  seed: number,
  length: number,
  share: number,
  shortest: number,
  longest: number,
): Segment[] {
  const lengthSeed = deriveSeed(seed, 'lengths');
  const positionSeed = deriveSeed(seed, 'positions');
  const target = Math.round(share * length);
  const lengths: number[] = [];
  for (let sum = 0; sum < target; sum += lengths.at(-1)!) {
    const drawn = Math.round(shortest + (longest - shortest) * uniform(lengthSeed, lengths.length));
    lengths.push(Math.min(drawn, target - sum));
  }
  const free = length - target;
  const positions = Float64Array.from(lengths, (_, j) =>
    Math.floor(uniform(positionSeed, j) * (free + 1)),
  ).sort();
  let before = 0;
  const segments = lengths.map((own, j): Segment => {
    const start = positions[j]! + before;
    before += own;
    return [start, own];
  });
  return joined(segments);
}

/** Blocks of one length, each lost with probability `share` by itself; neighbours are joined. */
export function randomBlocks(seed: number, length: number, share: number, block: number): Segment[] {
  const blockSeed = deriveSeed(seed, 'blocks');
  const lost: Segment[] = [];
  for (let j = 0; j * block < length; j++) {
    if (uniform(blockSeed, j) < share) lost.push([j * block, Math.min(block, length - j * block)]);
  }
  return joined(lost);
}

/** Gain 0 with probability `share` for each of `length` samples from `start` on by itself, 1 otherwise. */
export function sampleGain(seed: number, length: number, share: number, start = 0): Float32Array {
  const sampleSeed = deriveSeed(seed, 'samples');
  const gain = new Float32Array(length);
  const limit = share * 4294967296;
  for (let i = 0; i < length; i++) gain[i] = hash32(sampleSeed, start + i) < limit ? 0 : 1;
  return gain;
}

function joined(segments: Segment[]): Segment[] {
  const result: [number, number][] = [];
  for (const [start, length] of segments) {
    const last = result.at(-1);
    if (last && last[0] + last[1] === start) last[1] += length;
    else result.push([start, length]);
  }
  return result;
}

/**
 * The gain of each sample: 0 inside the segments, with a raised cosine inside at both ends, 1 elsewhere.
 * A segment is cut at the end of the clip first; where segments overlap the smaller gain holds.
 * @param length - samples of the clip
 * @param segments - by their starts
 * @param fade - samples; at most half of a segment
 * @returns a function that gives the gains of the next `count` samples
 */
export function createSegmentGain(
  length: number,
  segments: readonly Segment[],
  fade: number,
): (count: number) => Float32Array {
  let at = 0;
  let passed = 0;
  return (count) => {
    const gain = new Float32Array(count).fill(1);
    for (let j = passed; j < segments.length && segments[j]![0] < at + count; j++) {
      const [start, full] = segments[j]!;
      lower(gain, start - at, Math.min(length, start + full) - at, fade);
      if (j === passed && start + full <= at + count) passed++;
    }
    at += count;
    return gain;
  };
}

/** Takes one segment, which may reach beyond both ends of the piece, from its gains. */
function lower(gain: Float32Array, start: number, end: number, fade: number): void {
  const ramp = Math.min(fade, (end - start) >> 1);
  const first = Math.max(0, start);
  const last = Math.min(gain.length, end);
  for (let i = first; i < last; ) {
    const k = Math.min(i - start, end - 1 - i);
    if (k >= ramp) {
      const inner = Math.min(last, end - ramp);
      gain.fill(0, i, inner);
      i = inner;
    } else {
      gain[i] = Math.min(gain[i]!, 0.5 * (1 + Math.cos((Math.PI * (k + 0.5)) / ramp)));
      i++;
    }
  }
}
