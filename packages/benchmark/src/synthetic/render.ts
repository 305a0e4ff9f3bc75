import { type Frame, hash32 } from '@robusta/core';
import { drawActor, type Tone } from './actors.js';
import type { Rgb } from './canvas.js';
import { drawEvent, eventLight } from './event-pictures.js';
import { smoothNoise } from './noise.js';
import type { VideoPlan } from './plan.js';
import { margin, renderBackground } from './scene.js';
import { createNoiseTable, type NoiseTable } from './sensor-noise.js';

/**
 * Renders the pictures of a video.
 * @returns a pure function of the frame index (any order); each call gives a new frame
 */
export function createRenderer(plan: VideoPlan): (index: number) => Frame {
  const { width, height, fps, scene, actors, events, seed } = plan;
  const background = renderBackground(scene, width, height);
  const noise = createNoiseTable(scene.noise, width * 3);
  const tables = [new Uint8Array(256), new Uint8Array(256), new Uint8Array(256)] as const;
  const tone: Tone = ([red, green, blue]: Rgb) => [
    tables[0][Math.min(255, Math.max(0, red | 0))]!,
    tables[1][Math.min(255, Math.max(0, green | 0))]!,
    tables[2][Math.min(255, Math.max(0, blue | 0))]!,
  ];

  return (index) => {
    const frame: Frame = { width, height, data: new Uint8Array(width * height * 3) };
    setLight(plan, index, tables);
    const t = index / fps;
    const shift = (stream: number) => Math.round(scene.shake * smoothNoise(seed + stream, t * 2.2));
    expose(background, frame, margin + shift(1), margin + shift(2), tables);
    const stage = { canvas: frame, scene, index, fps, tone };
    // Those farther away first, so that nearer ones hide them.
    const drawings = [
      ...actors.map((actor) => ({
        y: actor.from[1],
        draw: () => drawActor(frame, scene, actor, index, fps, tone),
      })),
      ...events.map((event) => ({ y: event.y, draw: () => drawEvent(stage, event) })),
    ].sort((a, b) => a.y - b.y);
    for (const { draw } of drawings) draw();
    addNoise(frame, noise, hash32(seed, index));
    return frame;
  };
}

/** Fills the tables that turn a value of a channel in plain daylight into one under the light of this moment. */
function setLight({ scene, events, fps }: VideoPlan, index: number, tables: readonly Uint8Array[]): void {
  const { depth, seconds, phase } = scene.drift;
  let gain = scene.light * (1 + depth * Math.sin((2 * Math.PI * index) / fps / seconds + phase));
  const add = [0, 0, 0];
  for (const event of events) {
    const light = eventLight(event, index, fps);
    gain *= light.gain;
    light.add.forEach((value, channel) => {
      add[channel]! += value;
    });
  }
  tables.forEach((table, channel) => {
    for (let value = 0; value < 256; value++) table[value] = Math.min(255, value * gain + add[channel]!);
  });
}

function expose(
  background: Frame,
  { width, height, data }: Frame,
  left: number,
  top: number,
  [red, green, blue]: readonly [Uint8Array, Uint8Array, Uint8Array],
): void {
  const source = background.data;
  const length = width * 3;
  for (let y = 0; y < height; y++) {
    let from = ((top + y) * background.width + left) * 3;
    for (let to = y * length; to < (y + 1) * length; to += 3, from += 3) {
      data[to] = red[source[from]!]!;
      data[to + 1] = green[source[from + 1]!]!;
      data[to + 2] = blue[source[from + 2]!]!;
    }
  }
}

function addNoise({ width, height, data }: Frame, { values, offsets }: NoiseTable, seed: number): void {
  const length = width * 3;
  const clamped = new Uint8ClampedArray(data.buffer);
  for (let y = 0; y < height; y++) {
    let from = hash32(seed, y) & offsets;
    for (let i = y * length; i < (y + 1) * length; i++) {
      clamped[i] = clamped[i]! + values[from++]!;
    }
  }
}
