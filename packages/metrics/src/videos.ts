import { RobustaError } from '@robusta/core';
import { asTyped } from './input.js';
import type { Metric } from './metrics.js';

/** Ground truth and scores of one video, frame by frame, of one length. */
export interface ScoredVideo {
  /** 0 or 1 each, `[n]`. */
  labels: ArrayLike<number>;
  /** Finite, `[n]`. */
  scores: ArrayLike<number>;
}

/**
 * Frames of several videos one after another, as a dataset score needs them: it is one number over all
 * frames, not a mean over videos.
 */
export function poolFrames(videos: readonly ScoredVideo[]): { labels: Float64Array; scores: Float64Array } {
  return poolCopies(videos, () => 1);
}

/** A metric over the frames of all videos. */
export function metricOfAll(videos: readonly ScoredVideo[], metric: Metric): number {
  const { labels, scores } = poolFrames(videos);
  return metric(labels, scores);
}

/** {@link poolFrames}, each video as many times as told. */
export function poolCopies(
  videos: readonly ScoredVideo[],
  copies: (video: number) => number,
): { labels: Float64Array; scores: Float64Array } {
  const length = videos.reduce((sum, video, i) => sum + video.labels.length * copies(i), 0);
  const labels = new Float64Array(length);
  const scores = new Float64Array(length);
  let at = 0;
  videos.forEach((video, i) => {
    for (let copy = 0; copy < copies(i); copy++, at += video.labels.length) {
      labels.set(asTyped(video.labels), at);
      scores.set(asTyped(video.scores), at);
    }
  });
  return { labels, scores };
}

/**
 * The videos with an anomalous frame. A metric of these alone (often written AP_A, AUC_A) tells how well anomalies
 * are located in time, without the easier part of telling abnormal from normal videos.
 */
export function abnormalVideos<V extends Pick<ScoredVideo, 'labels'>>(videos: readonly V[]): V[] {
  return videos.filter(({ labels }) => hasPositive(labels));
}

/** The videos without an anomalous frame. */
export function normalVideos<V extends Pick<ScoredVideo, 'labels'>>(videos: readonly V[]): V[] {
  return videos.filter(({ labels }) => !hasPositive(labels));
}

function hasPositive(labels: ArrayLike<number>): boolean {
  for (let i = 0; i < labels.length; i++) if (labels[i] === 1) return true;
  return false;
}

/** Runs `action` and names the video in what it throws. */
export function inVideo<T>(index: number, count: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!RobustaError.isInstance(error)) throw error;
    throw new RobustaError(error.code, `video ${index} of ${count}: ${error.message}`, {
      ...(error.hint !== undefined && { hint: error.hint }),
      details: { ...error.details, video: index },
      cause: error,
    });
  }
}

/** Whether a metric said that it is undefined on these frames, not that they are wrong. */
export function isUndefinedMetric(error: unknown): boolean {
  return RobustaError.isInstance(error) && ['NO_POSITIVE', 'NO_NEGATIVE', 'EMPTY_INPUT'].includes(error.code);
}
