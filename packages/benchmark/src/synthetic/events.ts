import { deriveSeed, type Rng } from '@robusta/core';
import type { ScenePlan } from './scene.js';

/** What can happen: three anomalies, and everyday events that are like a half of one of them. */
export const EVENTS = {
  explosion: { anomaly: 'G', seen: true, heard: true, seconds: [2.5, 5] },
  brawl: { anomaly: 'B1', seen: true, heard: true, seconds: [3, 6] },
  crash: { anomaly: 'B6', seen: true, heard: true, seconds: [2.5, 5] },
  /** A bright flash, silent. */
  'camera-flash': { anomaly: null, seen: true, heard: false, seconds: [0.1, 0.3] },
  /** The lighting is switched, silently. */
  lights: { anomaly: null, seen: true, heard: false, seconds: [0.8, 3] },
  /** Someone runs or cycles through. */
  'passer-by': { anomaly: null, seen: true, heard: false, seconds: [1, 2.5] },
  /** A group that dances or fools about. */
  play: { anomaly: null, seen: true, heard: false, seconds: [2, 4.5] },
  /** A bang without anything to see. */
  'door-slam': { anomaly: null, seen: false, heard: true, seconds: [0.4, 0.9] },
  /** One voice calls out. */
  call: { anomaly: null, seen: false, heard: true, seconds: [0.6, 1.4] },
  /** A low rumble. */
  thunder: { anomaly: null, seen: false, heard: true, seconds: [2, 4] },
  /** A car horn. */
  horn: { anomaly: null, seen: false, heard: true, seconds: [0.3, 1.2] },
} as const;

export type EventKind = keyof typeof EVENTS;

/** One event of a video. */
export interface EventPlan {
  kind: EventKind;
  /** First frame, and the frame after the last one. */
  start: number;
  end: number;
  anomalous: boolean;
  /** Whether the camera sees it, and the microphone hears it. */
  seen: boolean;
  heard: boolean;
  /** From 0 (hardly noticeable) to 1 (strong and near), for each sense. */
  visible: number;
  audible: number;
  /** Where: shares of width and height. */
  x: number;
  y: number;
  seed: number;
}

const anomalies = { street: ['explosion', 'brawl', 'crash'], hall: ['explosion', 'brawl'] } as const;
const distractors = (Object.keys(EVENTS) as EventKind[]).filter((kind) => EVENTS[kind].anomaly === null);
const gapSeconds = 0.35;

/**
 * Draws the events of a video: none overlaps another, and only those of an anomalous video are anomalous. An anomaly is
 * seen and heard (half of them), only seen, or only heard (a quarter each).
 */
export function planEvents(
  rng: Rng,
  scene: ScenePlan,
  { label, frames, fps, seed }: { label: 0 | 1; frames: number; fps: number; seed: number },
): EventPlan[] {
  const between = (low: number, high: number) => low + (high - low) * rng.uniform();
  const events: EventPlan[] = [];
  const gap = Math.round(gapSeconds * fps);

  const place = (kind: EventKind): void => {
    const { seconds, anomaly } = EVENTS[kind];
    const lasting = Math.min(between(seconds[0], seconds[1]) * fps, 0.6 * frames);
    const length = Math.max(2, Math.round(lasting));
    for (let attempt = 0; attempt < 30; attempt++) {
      const start = rng.int(frames - length + 1);
      const end = start + length;
      if (events.some((other) => start < other.end + gap && other.start < end + gap)) continue;
      const spot = kind === 'crash' ? scene.posts[rng.int(scene.posts.length)] : undefined;
      const sense = anomaly ? rng.uniform() : 0;
      const level = () => between(0.45, 1);
      events.push({
        kind,
        start,
        end,
        anomalous: anomaly !== null,
        seen: EVENTS[kind].seen && sense < 0.75,
        heard: EVENTS[kind].heard && (sense < 0.5 || sense >= 0.75),
        visible: level(),
        audible: level(),
        x: spot?.[0] ?? between(0.2, 0.8),
        y: spot?.[1] ?? between(scene.horizon + 0.15, 0.95),
        seed: deriveSeed(seed, 'event', events.length),
      });
      return;
    }
  };

  const seconds = frames / fps;
  if (label === 1) {
    const count = 1 + (rng.uniform() < 0.35 ? 1 : 0) + rng.poisson(Math.max(0, seconds - 15) / 40);
    const kinds = anomalies[scene.place];
    for (let i = 0; i < count; i++) place(kinds[rng.int(kinds.length)]!);
  }
  const count = rng.poisson((label === 1 ? 0.06 : 0.13) * seconds) + (label === 0 ? 1 : 0);
  for (let i = 0; i < count; i++) place(distractors[rng.int(distractors.length)]!);
  return events.sort((a, b) => a.start - b.start);
}
