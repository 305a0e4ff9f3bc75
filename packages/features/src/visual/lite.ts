import type { Dimension } from '../dimension.js';
import { boundary } from './boundary.js';
import { change } from './change.js';
import { detail } from './detail.js';
import { flow } from './flow.js';
import type { FeatureGroup } from './group.js';
import { place } from './place.js';
import { rhythm } from './rhythm.js';
import type { Snippet } from './snippet.js';
import { span } from './span.js';
import { tone } from './tone.js';

/** What a row consists of, in order. */
export const GROUPS: readonly FeatureGroup[] = [tone, detail, change, place, span, flow, boundary, rhythm];

/** What each column of a lite visual row is, in order. */
export const LITE_VISUAL_DIMENSIONS: readonly Dimension[] = Object.freeze(
  GROUPS.flatMap((group) => group.dimensions),
);

/** Computes one row from a derived snippet. */
export function liteVisualRow(snippet: Snippet, out: Float32Array): void {
  let offset = 0;
  for (const group of GROUPS) {
    group.compute(snippet, out, offset);
    offset += group.dimensions.length;
  }
}
