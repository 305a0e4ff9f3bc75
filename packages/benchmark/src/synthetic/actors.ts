import { deriveSeed, type Rng } from '@robusta/core';
import type { Canvas, Rgb } from './canvas.js';
import { drawCar, drawCyclist, drawPerson, type Look } from './figures.js';
import { hashUnit, smoothNoise } from './noise.js';
import { personScale, type ScenePlan } from './scene.js';

/** Someone or something that crosses the picture; places are shares of width and height (y: feet or wheels). */
export interface ActorPlan {
  kind: 'walker' | 'runner' | 'cyclist' | 'car';
  /** First frame, and the frame after the last one. */
  start: number;
  end: number;
  from: readonly [x: number, y: number];
  to: readonly [x: number, y: number];
  /** Stands still during this share of the way's time. */
  pause: readonly [start: number, end: number] | null;
  seed: number;
}

/** Turns a colour into what the camera sees of it under the present light. */
export type Tone = (color: Rgb) => Rgb;

const tempo = { walker: 1, runner: 2.4, cyclist: 1.6, car: 0 } as const;

/** Everyday life: people who walk and wait, now and then a cyclist or, in a street, a car. */
export function planActors(
  rng: Rng,
  scene: ScenePlan,
  frames: number,
  fps: number,
  seed: number,
): ActorPlan[] {
  const between = (low: number, high: number) => low + (high - low) * rng.uniform();
  const actors: ActorPlan[] = [];
  const seconds = frames / fps;
  const crowd = rng.poisson(between(0.5, 2.5) + 0.12 * seconds);
  for (let i = 0; i < crowd; i++) {
    const duration = between(5, 14) * fps;
    const start = Math.round(between(-0.5 * duration, frames));
    const rightwards = rng.uniform() < 0.5;
    const y = between(scene.horizon + 0.08, 0.97);
    const pauseStart = between(0.2, 0.5);
    actors.push({
      kind: rng.uniform() < 0.1 ? 'cyclist' : 'walker',
      start,
      end: Math.round(start + duration),
      from: [rightwards ? -0.12 : 1.12, y],
      to: [
        rightwards ? 1.12 : -0.12,
        Math.min(0.98, Math.max(scene.horizon + 0.06, y + between(-0.12, 0.12))),
      ],
      pause: rng.uniform() < 0.3 ? [pauseStart, pauseStart + between(0.1, 0.4)] : null,
      seed: deriveSeed(seed, 'actor', i),
    });
  }
  const cars = scene.place === 'street' ? rng.poisson(0.06 * seconds) : 0;
  for (let i = 0; i < cars; i++) {
    const start = Math.round(between(-fps, frames));
    const rightwards = rng.uniform() < 0.5;
    const y = between(scene.horizon + 0.06, scene.horizon + 0.25);
    actors.push({
      kind: 'car',
      start,
      end: Math.round(start + between(2, 4) * fps),
      from: [rightwards ? -0.3 : 1.3, y],
      to: [rightwards ? 1.3 : -0.3, y],
      pause: null,
      seed: deriveSeed(seed, 'car', i),
    });
  }
  return actors;
}

/** Clothes and height, from a seed. */
export function lookOf(seed: number): Look {
  const channel = (i: number, low: number, high: number) =>
    low + (high - low) * 0.5 * (hashUnit(seed, i) + 1);
  const pale = channel(1, 0.55, 1);
  return {
    skin: [225 * pale, 180 * pale, 150 * pale],
    top: [channel(2, 25, 220), channel(3, 25, 220), channel(4, 25, 220)],
    legs: [channel(5, 20, 110), channel(6, 20, 110), channel(7, 30, 130)],
    height: channel(8, 0.85, 1.1),
  };
}

/** Draws an actor at a frame, if it is there then. */
export function drawActor(
  canvas: Canvas,
  scene: ScenePlan,
  actor: ActorPlan,
  index: number,
  fps: number,
  tone: Tone,
): void {
  if (index < actor.start || index >= actor.end) return;
  const { kind, from, to, pause, seed } = actor;
  const share = (index - actor.start) / (actor.end - actor.start);
  const way = walked(share, pause);
  const yShare = from[1] + (to[1] - from[1]) * way;
  const x = (from[0] + (to[0] - from[0]) * way) * canvas.width;
  const y = yShare * canvas.height;
  const scale = personScale(scene, yShare) * canvas.height;
  const direction = to[0] > from[0] ? 1 : -1;
  if (kind === 'car') {
    const { top } = lookOf(seed);
    drawCar(canvas, { x, y, size: scale * 2.6, direction, tilt: 0 }, top, tone);
    return;
  }
  const look = lookOf(seed);
  const size = scale * look.height;
  const moving = pause === null || share < pause[0] || share > pause[1];
  const stride = moving ? Math.sin((Math.abs(x) / (size * 0.42)) * Math.PI) : 0;
  const swing = stride * (kind === 'walker' ? 0.42 : 0.75);
  const sway = 0.03 * smoothNoise(seed, (index / fps) * 1.3);
  const lean = direction * (kind === 'walker' ? 0.04 : 0.28) * (moving ? 1 : 0) + sway;
  const pose = { x, y, size, lean, legs: [swing, -swing], arms: [-swing * 0.9, swing * 0.9] } as const;
  if (kind === 'cyclist')
    drawCyclist(canvas, { ...pose, arms: [direction * 0.9, direction * 1.1] }, look, tone);
  else drawPerson(canvas, { ...pose, y: y - Math.abs(stride) * size * 0.02 * tempo[kind] }, look, tone);
}

/** Share of the way after a share of the time. */
function walked(share: number, pause: ActorPlan['pause']): number {
  if (!pause) return share;
  const moving = 1 - (pause[1] - pause[0]);
  return (Math.min(share, pause[0]) + Math.max(0, share - pause[1])) / moving;
}
