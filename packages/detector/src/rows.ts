import type { BatchLayout } from './backbone.js';
import { segmentEdges, uniformIndices } from './sampling.js';
import { copyRow, type Scaling } from './scaling.js';

/** Which snippets of a sequence make which row of a batch: row j is the mean of `counts[j]` snippets from `first[j]` on. */
export interface RowPlan {
  first: Int32Array;
  counts: Int32Array;
}

/**
 * @param length - T, snippets of the sequence
 * @param limit - L, rows of a sequence in a batch
 */
export function rowPlan(length: number, limit: number, lengths: BatchLayout['lengths']): RowPlan {
  if (lengths === 'segments') {
    const edges = segmentEdges(length, limit);
    const first = edges.subarray(0, limit);
    return { first, counts: first.map((edge, j) => Math.max(1, edges[j + 1]! - edge)) };
  }
  const count = Math.min(length, limit);
  return { first: uniformIndices(length, count), counts: new Int32Array(count).fill(1) };
}

/** Where rows are written: the first at `offset`, the others `width` apart. */
export interface RowTarget {
  data: Float32Array;
  offset: number;
  width: number;
}

/** Some snippets of a sequence: `[length, crops, dim]`, of which the first is number `start`. */
export interface FeatureBlock {
  start: number;
  length: number;
  crops: number;
  dim: number;
  data: Float32Array;
}

/** Writes the rows of one crop, standardized, while its snippets come by in order. */
export class RowWriter {
  private row = 0;
  /** Snippets summed up for the row. */
  private taken = 0;
  private readonly scratch: Float32Array;
  private readonly sums: Float64Array;

  constructor(
    private readonly plan: RowPlan,
    private readonly crop: number,
    private readonly dim: number,
    private readonly scaling: Scaling | undefined,
    private readonly target: RowTarget,
  ) {
    const averages = plan.counts.some((count) => count > 1);
    this.scratch = new Float32Array(averages ? dim : 0);
    this.sums = new Float64Array(averages ? dim : 0);
  }

  /** Takes what it needs of a block; blocks follow each other without gaps. */
  add({ start, length, crops, data }: FeatureBlock): void {
    const { first, counts } = this.plan;
    while (this.row < first.length) {
      const snippet = first[this.row]! + this.taken;
      if (snippet >= start + length) return;
      this.take(data, ((snippet - start) * crops + this.crop) * this.dim, counts[this.row]!);
    }
  }

  private take(source: Float32Array, from: number, count: number): void {
    const { dim, scaling, scratch, sums } = this;
    const { data, offset, width } = this.target;
    const to = offset + this.row * width;
    if (count === 1) {
      copyRow(source, from, dim, data, to, scaling);
      this.row++;
      return;
    }
    copyRow(source, from, dim, scratch, 0, scaling);
    for (let d = 0; d < dim; d++) sums[d]! += scratch[d]!;
    if (++this.taken < count) return;
    for (let d = 0; d < dim; d++) data[to + d] = sums[d]! / count;
    sums.fill(0);
    this.taken = 0;
    this.row++;
  }
}
