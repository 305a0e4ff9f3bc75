import { createRng, deriveSeed } from '@robusta/core';
import { type ActorPlan, planActors } from './actors.js';
import { type AmbiencePlan, planAmbience } from './ambience.js';
import { EVENTS, type EventPlan, planEvents } from './events.js';
import { planScene, type ScenePlan } from './scene.js';

/** A synthetic video, described completely: everything seen and heard is a function of this JSON value. */
export interface VideoPlan {
  /** Name in the manner of XD-Violence. */
  id: string;
  split: 'train' | 'test';
  label: 0 | 1;
  seed: number;
  width: number;
  height: number;
  fps: number;
  frames: number;
  sampleRate: number;
  /** Anomalous stretches `[start, end)` in frames of this video. */
  intervals: [start: number, end: number][];
  scene: ScenePlan;
  ambience: AmbiencePlan;
  actors: ActorPlan[];
  events: EventPlan[];
}

/** What a synthetic dataset is made of. */
export interface DatasetPlanOptions {
  videos: { train: number; test: number };
  seconds: number;
  seed: number;
  width: number;
  height: number;
  fps: number;
  sampleRate: number;
}

/** Plans every video: half of the training and three fifths of the test videos are anomalous. */
export function planDataset(options: DatasetPlanOptions): VideoPlan[] {
  const { videos, seed } = options;
  return (['train', 'test'] as const).flatMap((split) => {
    const labels = drawLabels(
      videos[split],
      split === 'train' ? 0.5 : 0.6,
      deriveSeed(seed, split, 'labels'),
    );
    return labels.map((label, index) => planVideo(split, index, label, options));
  });
}

/** A random order of the given share of ones (rounded) among zeros. */
function drawLabels(count: number, share: number, seed: number): (0 | 1)[] {
  const rng = createRng(seed);
  const labels = Array.from({ length: count }, (_, i): 0 | 1 => (i < Math.round(share * count) ? 1 : 0));
  for (let i = count - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    [labels[i], labels[j]] = [labels[j]!, labels[i]!];
  }
  return labels;
}

function planVideo(
  split: 'train' | 'test',
  index: number,
  label: 0 | 1,
  options: DatasetPlanOptions,
): VideoPlan {
  const { width, height, fps, sampleRate } = options;
  const frames = Math.round(options.seconds * fps);
  const seed = deriveSeed(options.seed, split, index);
  const rng = createRng(seed);
  const scene = planScene(rng, seed);
  const ambience = planAmbience(rng, seed);
  const actors = planActors(rng, scene, frames, fps, seed);
  const events = planEvents(rng, scene, { label, frames, fps, seed });
  const intervals = events
    .filter((event) => event.anomalous)
    .map(({ start, end }): [number, number] => [start, end]);
  const name = `synth.${split}.${String(index).padStart(3, '0')}__#1_label_${codesOf(events)}`;
  return {
    id: name,
    split,
    label,
    seed,
    width,
    height,
    fps,
    frames,
    sampleRate,
    intervals,
    scene,
    ambience,
    actors,
    events,
  };
}

/** `A`, or up to three codes padded with `0`: `B1-G-0`. */
function codesOf(events: readonly EventPlan[]): string {
  const codes = [...new Set(events.flatMap(({ kind }) => EVENTS[kind].anomaly ?? []))].slice(0, 3);
  return codes.length === 0 ? 'A' : [...codes, '0', '0'].slice(0, 3).join('-');
}
