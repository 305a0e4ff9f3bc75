import { lookOf, type Tone } from './actors.js';
import { type Canvas, fillCapsule, fillGlow } from './canvas.js';
import type { EventPlan } from './events.js';
import { drawCar, drawCyclist, drawPerson } from './figures.js';
import { hashUnit, smoothNoise } from './noise.js';
import { personScale, type ScenePlan } from './scene.js';

/** Light that events add to the whole picture: gain of the scene and what is added to each channel (0…255). */
export interface EventLight {
  gain: number;
  add: [red: number, green: number, blue: number];
}

/** A picture to draw an event on. */
export interface Stage {
  canvas: Canvas;
  scene: ScenePlan;
  index: number;
  fps: number;
  tone: Tone;
}

/** Light of an event at a frame. */
export function eventLight(
  { kind, start, end, seen, visible, seed }: EventPlan,
  index: number,
  fps: number,
): EventLight {
  const none: EventLight = { gain: 1, add: [0, 0, 0] };
  if (!seen || index < start || index >= end) return none;
  const seconds = (index - start) / fps;
  if (kind === 'explosion') {
    const flash = visible * Math.exp(-seconds / 0.22);
    return { gain: 1 + 0.7 * flash, add: [70 * flash, 48 * flash, 22 * flash] };
  }
  if (kind === 'camera-flash') {
    const flash = visible * Math.exp(-seconds / 0.07);
    return { gain: 1 + 0.8 * flash, add: [50 * flash, 52 * flash, 58 * flash] };
  }
  if (kind === 'lights')
    return { gain: hashUnit(seed, 1) > 0 ? 1 + 0.35 * visible : 1 - 0.4 * visible, add: [0, 0, 0] };
  return none;
}

/** Draws what there is to see of an event; also before its start and after its end, where calm traces of it remain. */
export function drawEvent(stage: Stage, event: EventPlan): void {
  if (!event.seen) return;
  switch (event.kind) {
    case 'explosion':
      drawExplosion(stage, event);
      break;
    case 'crash':
      drawCrash(stage, event);
      break;
    case 'brawl':
      drawGroup(stage, event, { vigour: 0.5 + 0.5 * event.visible, rate: 3.4 });
      break;
    case 'play':
      drawGroup(stage, event, { vigour: 0.1 + 0.35 * event.visible, rate: 1.7 });
      break;
    case 'camera-flash':
      drawFlashGun(stage, event);
      break;
    case 'passer-by':
      drawPasserBy(stage, event);
      break;
  }
}

function within({ start, end }: EventPlan, index: number): boolean {
  return index >= start && index < end;
}

/** A ball of fire and pieces that fly; then smoke rises from a fire that flickers until the end. */
function drawExplosion({ canvas, index, fps }: Stage, event: EventPlan): void {
  if (!within(event, index)) return;
  const t = (index - event.start) / fps;
  const share = (index - event.start) / (event.end - event.start);
  const unit = canvas.height * (0.16 + 0.3 * event.visible);
  const x = event.x * canvas.width;
  const y = event.y * canvas.height;
  for (let i = 0; i < 5; i++) {
    const drift = smoothNoise(event.seed + i, t * 0.9) * unit * 0.5;
    const rise = unit * (0.35 + 0.2 * i) * Math.min(1.6, t);
    fillGlow(
      canvas,
      x + drift,
      y - rise,
      unit * (0.35 + 0.3 * Math.min(1.5, t)),
      [78, 74, 72],
      0.75 * (1 - share),
    );
  }
  const fire = Math.exp(-t / 0.45);
  fillGlow(canvas, x, y - unit * 0.3, unit * (1 - Math.exp(-t / 0.1)), [255, 170, 60], 0.95 * fire);
  fillGlow(canvas, x, y - unit * 0.3, unit * 0.55, [255, 240, 190], fire * fire);
  for (let i = 0; i < 3; i++) {
    const flicker = 0.6 + 0.4 * smoothNoise(event.seed + 40 + i, t * 11);
    const flame = unit * (0.2 + 0.14 * smoothNoise(event.seed + 50 + i, t * 7)) * flicker;
    const alpha = 0.85 * flicker * (1 - share ** 4) * Math.min(1, t * 3);
    fillGlow(canvas, x + unit * 0.16 * (i - 1), y - flame, flame * 1.3, [255, 150, 50], alpha);
  }
  drawDebris(canvas, event, { t, x, y: y - unit * 0.2, reach: unit * 2.2, count: 18 });
}

/** Pieces on ballistic paths from a point, for 1.2 seconds. */
function drawDebris(
  canvas: Canvas,
  { seed }: EventPlan,
  { t, x, y, reach, count }: { t: number; x: number; y: number; reach: number; count: number },
): void {
  if (t > 1.2) return;
  for (let i = 0; i < count; i++) {
    const vx = hashUnit(seed, 2 * i + 10) * reach;
    const vy = -(0.6 + 0.6 * Math.abs(hashUnit(seed, 2 * i + 11))) * reach;
    const at = (s: number) => [x + vx * s, y + vy * s + 1.3 * reach * s * s] as const;
    const [ax, ay] = at(t);
    const [bx, by] = at(Math.max(0, t - 0.04));
    fillCapsule(canvas, ax, ay, bx, by, 1 + (i % 3) * 0.5, [45, 38, 34], 0.9);
  }
}

/** A car comes in fast, hits a lamp post, and stays there. */
function drawCrash({ canvas, scene, index, fps, tone }: Stage, event: EventPlan): void {
  const { seed, x, y, start, end } = event;
  if (index < start) return;
  const scale = personScale(scene, y) * canvas.height;
  const size = scale * 2.3;
  const direction = hashUnit(seed, 1) > 0 ? 1 : -1;
  const postX = x * canvas.width;
  const py = y * canvas.height;
  const px = postX - direction * size * 0.5;
  const { top } = lookOf(seed);
  const hit = hitFrame(event, fps);
  if (index < hit) {
    const left = (hit - index) / (hit - start);
    const far = direction > 0 ? -size : canvas.width + size;
    drawCar(canvas, { x: px + (far - px) * left, y: py, size, direction, tilt: 0 }, top, tone);
    return;
  }
  const t = (index - hit) / fps;
  const jolt = Math.exp(-t / 0.18) * Math.sin(t * 26);
  const recoil = -direction * size * 0.12 * (1 - Math.exp(-t / 0.15));
  const lifted = py - Math.abs(jolt) * size * 0.1;
  drawCar(canvas, { x: px + recoil, y: lifted, size, direction, tilt: 0.06 + 0.3 * jolt }, top, tone);
  if (index >= end) return;
  const force = 0.5 + event.visible;
  drawDebris(canvas, event, { t, x: postX, y: py - scale * 0.4, reach: scale * 1.4 * force, count: 14 });
  for (let i = 0; i < 3; i++) {
    const drift = smoothNoise(seed + i, t * 1.6) * scale * 0.5;
    const radius = scale * force * (0.4 + 0.3 * t);
    const alpha = 0.75 * (1 - (index - hit) / (end - hit));
    fillGlow(canvas, postX + drift, py - scale * (0.3 + 0.5 * t), radius, [150, 148, 145], alpha);
  }
}

/** The frame of the impact: a third of a second to half a second after the car came into sight. */
export function hitFrame(
  { start, end, seed }: Pick<EventPlan, 'start' | 'end' | 'seed'>,
  fps: number,
): number {
  const approach = Math.round((0.3 + 0.1 * (hashUnit(seed, 2) + 1)) * fps);
  return Math.min(start + Math.max(1, approach), end - 1);
}

/** Bodies that walk to a spot, move about wildly (`vigour` 0…1, `rate` changes a second), and walk away. */
function drawGroup(
  { canvas, scene, index, fps, tone }: Stage,
  event: EventPlan,
  { vigour, rate }: { vigour: number; rate: number },
): void {
  const { start, end, seed, x, y } = event;
  const bodies = 2 + Math.floor(1.5 * (hashUnit(seed, 1) + 1));
  const walk = 3 * fps;
  if (index < start - walk || index >= end + walk) return;
  const t = index / fps;
  const wild = within(event, index) ? vigour : 0;
  for (let i = 0; i < bodies; i++) {
    const own = seed + 101 * (i + 1);
    const look = lookOf(own);
    const size = personScale(scene, y) * canvas.height * look.height;
    const spot = x * canvas.width + (i - (bodies - 1) / 2) * size * 0.42;
    const edge = (hashUnit(own, 3) > 0 ? -0.15 : 1.15) * canvas.width;
    const away = index < start ? (start - index) / walk : index >= end ? (index - end + 1) / walk : 0;
    const noise = (stream: number, speed: number) => smoothNoise(own + stream, t * speed);
    const px = spot + (edge - spot) * away + wild * size * 0.55 * noise(11, rate);
    const stride =
      away > 0 ? 0.42 * Math.sin((px / (size * 0.42)) * Math.PI) : wild * 0.9 * noise(12, rate * 1.4);
    const pose = {
      x: px,
      y: y * canvas.height - wild * size * 0.1 * Math.max(0, noise(13, rate)),
      size: size * (1 - 0.15 * wild * Math.max(0, noise(14, rate * 0.7))),
      lean: 0.03 * noise(15, 1) + wild * 0.7 * noise(16, rate),
      legs: [stride, -stride] as const,
      arms: [
        -stride * 0.9 + wild * 2.6 * noise(17, rate * 1.6),
        stride * 0.9 + wild * 2.6 * noise(18, rate * 1.6),
      ] as const,
    };
    drawPerson(canvas, pose, look, tone);
  }
}

function drawFlashGun({ canvas, index, fps }: Stage, event: EventPlan): void {
  if (!within(event, index)) return;
  const glare = Math.exp(-(index - event.start) / fps / 0.07);
  const radius = canvas.height * 0.16 * event.visible;
  fillGlow(canvas, event.x * canvas.width, event.y * canvas.height * 0.8, radius, [255, 255, 255], glare);
}

/** A runner or cyclist who crosses the whole picture while the event lasts. */
function drawPasserBy({ canvas, scene, index, tone }: Stage, event: EventPlan): void {
  if (!within(event, index)) return;
  const { seed, start, end, y } = event;
  const share = (index - start + 0.5) / (end - start);
  const direction = hashUnit(seed, 1) > 0 ? 1 : -1;
  const x = (direction > 0 ? share * 1.3 - 0.15 : 1.15 - share * 1.3) * canvas.width;
  const look = lookOf(seed);
  const size = personScale(scene, y) * canvas.height * look.height;
  const swing = 0.75 * Math.sin((x / (size * 0.5)) * Math.PI);
  const pose = {
    x,
    y: y * canvas.height,
    size,
    lean: 0.3 * direction,
    legs: [swing, -swing],
    arms: [-swing, swing],
  } as const;
  if (hashUnit(seed, 2) > 0) drawPerson(canvas, pose, look, tone);
  else drawCyclist(canvas, { ...pose, arms: [direction * 0.9, direction * 1.1] }, look, tone);
}
