import type { Modality } from '@robusta/core';
import type { FeatureIndex } from './feature-index.js';
import type { DatasetProblem, VideoRecord } from './model.js';
import { byCodeUnit } from './rules.js';

/** A video as names, lists and annotations tell of it, before a file is opened. */
export interface CatalogEntry {
  id: string;
  split: VideoRecord['split'];
  label: 0 | 1;
  /** Annotated stretches `[start, end)`, as written. */
  intervals: [start: number, end: number][];
  /** What the stretches count: this many to a second. Default: frames of the file. */
  rate?: number;
  /** Video relative to the root; absent where there is none. */
  path?: string;
  /** The streams that take part, whatever the file has. Default: all. */
  modalities?: readonly Modality[];
  /** Seconds that it lasts by its name, where nothing else tells. */
  seconds?: number;
}

/** A dataset before a file of it is opened. */
export interface Catalog {
  name: string;
  /** Absolute. */
  root: string;
  /** Every listed or found video. In order of split (train first), then id by code units. */
  entries: CatalogEntry[];
  problems: DatasetProblem[];
  /** Rate that its videos are known to have, frames per second. */
  fps?: number;
  /** Whether sound is a part of it. */
  audible: boolean;
  features?: FeatureIndex;
  /** Whether there are videos; if not, that a listed one is absent is no news. */
  hasVideos: boolean;
  /** Videos that are annotated, and stretches in all. */
  annotated: { videos: number; stretches: number };
}

/** Train first, then by id. */
export function inSplitOrder(entries: readonly CatalogEntry[]): CatalogEntry[] {
  return [...entries].sort((a, b) => byCodeUnit(b.split, a.split) || byCodeUnit(a.id, b.id));
}

/** Videos that have a stretch, and the stretches. */
export function countAnnotated(lines: Iterable<Pick<CatalogEntry, 'intervals'>>): Catalog['annotated'] {
  const lengths = [...lines].map(({ intervals }) => intervals.length).filter((length) => length > 0);
  return { videos: lengths.length, stretches: lengths.reduce((sum, length) => sum + length, 0) };
}
