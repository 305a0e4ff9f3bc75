import { parseOptions, RobustaError } from '@robusta/core';
import { z } from 'zod';
import { checkInput } from './input.js';
import { mean } from './mean.js';
import { noNegative, noPositive } from './ranking.js';
import { type Run, runsWhere } from './runs.js';
import { inVideo, normalVideos, type ScoredVideo } from './videos.js';

const AlarmOptionsSchema = z.strictObject({
  threshold: z.number().default(0.5),
  fps: z.number().gt(0).default(24),
});
const FalseAlarmOptionsSchema = AlarmOptionsSchema.extend({ mergeSeconds: z.number().min(0).default(0) });

/** When an alarm is raised, and how long a frame lasts. */
export interface AlarmOptions {
  /**
   * A frame with this score or a higher one raises an alarm.
   * @defaultValue 0.5
   */
  threshold?: number | undefined;
  /**
   * Frames per second, above 0.
   * @defaultValue 24
   */
  fps?: number | undefined;
}

/** Options of {@link falseAlarms}. */
export interface FalseAlarmOptions extends AlarmOptions {
  /**
   * Alarms with at most this much time between them count as one, in seconds, from 0.
   * @defaultValue 0
   */
  mergeSeconds?: number | undefined;
}

/** What a detector reports where nothing happens; see {@link falseAlarms}. */
export interface FalseAlarms {
  /** Share of the frames that have an alarm, in [0, 1]. */
  rate: number;
  /** Alarms: runs of frames that have one, no longer than their video. */
  alarms: number;
  /** Alarms by hour of normal video. */
  perHour: number;
  /** Normal videos that have frames. */
  videos: number;
  hours: number;
}

/**
 * False alarms on the normal videos, those without an anomalous frame. `rate` at threshold 0.5 is the false alarm rate
 * of Sultani et al. (CVPR 2018); `perHour` is what a person at the screens notices.
 * @param videos - abnormal ones among them are left out
 * @throws BAD_OPTION, LENGTH_MISMATCH, NON_BINARY_LABEL, NON_FINITE; NO_NEGATIVE without a frame of a normal video
 */
export function falseAlarms(videos: readonly ScoredVideo[], options: FalseAlarmOptions = {}): FalseAlarms {
  const { threshold, fps, mergeSeconds } = parseOptions(FalseAlarmOptionsSchema, options, 'falseAlarms');
  checkVideos(videos);
  const normal = normalVideos(videos).filter(({ labels }) => labels.length > 0);
  let frames = 0;
  let alarmed = 0;
  let alarms = 0;
  for (const { scores } of normal) {
    frames += scores.length;
    let end = Number.NEGATIVE_INFINITY;
    for (const run of alarmsOf(scores, threshold)) {
      alarmed += run.end - run.start;
      if (run.start - end > mergeSeconds * fps) alarms++;
      end = run.end;
    }
  }
  if (frames === 0) throw noNegative('the false alarm rate on normal videos');
  const hours = frames / fps / 3600;
  return { rate: alarmed / frames, alarms, perHour: alarms / hours, videos: normal.length, hours };
}

/** An anomalous stretch of a video and when it was noticed. */
export interface DetectionEvent {
  /** Index of the video. */
  video: number;
  /** First anomalous frame. */
  start: number;
  /** The frame after the last anomalous one. */
  end: number;
  /** Seconds from the start to the first frame with an alarm; null if none comes before the end. */
  delay: number | null;
}

/** How soon anomalies are noticed; see {@link detectionDelay}. */
export interface DetectionDelay {
  /** Every anomalous stretch, by video and start. */
  events: DetectionEvent[];
  /** Share of the events that are detected, in [0, 1]. */
  detected: number;
  /** Mean delay of the detected events in seconds; null if none is. */
  mean: number | null;
  /** Median delay of the detected events in seconds; null if none is. */
  median: number | null;
  /** Mean delay in seconds with the whole length of the event for a missed one. */
  meanWithMissed: number;
}

/**
 * Delay between the start of an anomaly and the first alarm in it. An event is a longest run of anomalous frames;
 * its delay is (first frame at or after its start and before its end with an alarm − start) / fps. An alarm that is on
 * when the event begins gives 0, so that a detector that never rests has no delay: read it beside {@link falseAlarms},
 * at the same threshold. An event without an alarm is missed. `mean` speaks of detected events alone, and can fall when
 * more events are missed; `meanWithMissed` cannot.
 * @throws BAD_OPTION, LENGTH_MISMATCH, NON_BINARY_LABEL, NON_FINITE; NO_POSITIVE without an event
 */
export function detectionDelay(videos: readonly ScoredVideo[], options: AlarmOptions = {}): DetectionDelay {
  const { threshold, fps } = parseOptions(AlarmOptionsSchema, options, 'detectionDelay');
  checkVideos(videos);
  const events = videos.flatMap(({ labels, scores }, video) =>
    runsWhere(labels.length, (i) => labels[i] === 1).map(({ start, end }): DetectionEvent => {
      let frame = start;
      while (frame < end && scores[frame]! < threshold) frame++;
      return { video, start, end, delay: frame < end ? (frame - start) / fps : null };
    }),
  );
  if (events.length === 0) throw noPositive('detection delay');
  const delays = events.flatMap(({ delay }) => (delay === null ? [] : [delay])).sort((a, b) => a - b);
  const withMissed = events.map(({ start, end, delay }) => delay ?? (end - start) / fps);
  return {
    events,
    detected: delays.length / events.length,
    mean: delays.length > 0 ? mean(delays) : null,
    median: delays.length > 0 ? median(delays) : null,
    meanWithMissed: mean(withMissed),
  };
}

function alarmsOf(scores: ArrayLike<number>, threshold: number): Run[] {
  return runsWhere(scores.length, (i) => scores[i]! >= threshold);
}

function checkVideos(videos: readonly ScoredVideo[]): void {
  videos.forEach(({ labels, scores }, i) => {
    if (labels.length + scores.length > 0) inVideo(i, videos.length, () => checkInput(labels, scores));
  });
  if (videos.every(({ labels }) => labels.length === 0)) {
    throw new RobustaError('EMPTY_INPUT', 'the videos have no frames');
  }
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
