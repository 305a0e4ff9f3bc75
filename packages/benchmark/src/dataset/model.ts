import type { ErrorCode, Modality } from '@robusta/core';
import type { ValidationVideo } from '@robusta/detector';
import { z } from 'zod';
import type { DatasetRuleName } from './rules.js';

/** The rate of the frame grid that frames, annotations and snippets are counted on. */
export const GRID_FPS = 24;

/** Checks one line of `dataset.jsonl`; see {@link VideoRecord}. */
export const VideoRecordSchema = z.strictObject({
  id: z.string().min(1),
  path: z.string().min(1),
  split: z.enum(['train', 'test']),
  label: z.union([z.literal(0), z.literal(1)]),
  fps: z.number().positive(),
  frames: z.number().int().positive(),
  intervals: z.array(z.tuple([z.number().int().min(0), z.number().int().min(1)])),
  modalities: z.array(z.enum(['visual', 'audio'])).min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().min(0),
  mtimeMs: z.number(),
});

/** One video of a dataset. Frame numbers count the 24-fps grid, whatever the rate of the file. */
export interface VideoRecord {
  /** File name without folder and extension; names every output of this video. */
  id: string;
  /** Relative to the root of the dataset, with forward slashes. */
  path: string;
  split: 'train' | 'test';
  /** 1: something anomalous happens somewhere in the video. */
  label: 0 | 1;
  /** Rate of the file itself, frames per second. */
  fps: number;
  /** Number of frames on the 24-fps grid. */
  frames: number;
  /** Anomalous stretches `[start, end)` in frames of the 24-fps grid: ascending, disjoint, within the video. */
  intervals: [start: number, end: number][];
  /** The streams that the file has. */
  modalities: Modality[];
  /** SHA-256 of the file, hexadecimal. */
  sha256: string;
  /** Size of the file when it was hashed. */
  bytes: number;
  /** Time of the last change of the file when it was hashed, milliseconds since 1970. */
  mtimeMs: number;
}

/** Something about a dataset that the run goes on without, to be shown with the results. */
export interface DatasetProblem {
  /** Id of the video. */
  video: string;
  code: ErrorCode;
  message: string;
  /** True if the video takes no part; false if it does, with what the message says. */
  skipped: boolean;
  /** The rule of `DATASET_RULES` that found it; absent for what was not found while loading a dataset. */
  rule?: DatasetRuleName;
}

/** A dataset as found on disk. */
export interface Dataset {
  name: string;
  /** Absolute path of the folder that the paths of the videos are relative to. */
  root: string;
  /** In order of split (train first), then id by code units. Empty where only features are there. */
  videos: VideoRecord[];
  /**
   * Published features, where they were asked for or there are no videos: opened, but not read. Test videos have a label
   * for each frame, 16 to a row.
   */
  features?: Record<VideoRecord['split'], ValidationVideo[]>;
  problems: DatasetProblem[];
}
