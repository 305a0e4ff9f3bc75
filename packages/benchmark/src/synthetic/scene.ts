import { deriveSeed, type Rng } from '@robusta/core';
import { type Canvas, fillCapsule, type Rgb } from './canvas.js';
import { hashUnit, planeNoise } from './noise.js';

/** The place that the camera looks at, and the camera. */
export interface ScenePlan {
  place: 'street' | 'hall';
  seed: number;
  /** Where ground meets wall, as a share of the height from the top. */
  horizon: number;
  sky: Rgb;
  wall: Rgb;
  ground: Rgb;
  /** Brightness: 1 is plain daylight. */
  light: number;
  /** Slow changes of the brightness: relative depth, seconds a cycle, starting phase in radians. */
  drift: { depth: number; seconds: number; phase: number };
  /** Standard deviation of the sensor noise, in 0…255 units. */
  noise: number;
  /** Lamp posts: shares of width and height of their feet. */
  posts: [x: number, y: number][];
  /** How far wind moves the camera, pixels; at most {@link margin}. */
  shake: number;
}

/** Pixels that the background is larger than the picture, on each side, for a camera that shakes. */
export const margin = 3;

export function planScene(rng: Rng, seed: number): ScenePlan {
  const between = (low: number, high: number) => low + (high - low) * rng.uniform();
  const grey = (level: number, spread: number): Rgb => [
    level + between(-spread, spread),
    level + between(-spread, spread),
    level + between(-spread, spread),
  ];
  const horizon = between(0.28, 0.45);
  return {
    place: rng.uniform() < 0.6 ? 'street' : 'hall',
    seed: deriveSeed(seed, 'scene'),
    horizon,
    sky: [between(120, 170), between(150, 190), between(180, 225)],
    wall: grey(between(85, 160), 18),
    ground: grey(between(70, 135), 14),
    light: between(0.5, 1.1),
    drift: { depth: between(0, 0.08), seconds: between(4, 15), phase: between(0, 2 * Math.PI) },
    noise: between(1, 4),
    posts: Array.from({ length: 1 + rng.int(3) }, () => [between(0.1, 0.9), between(horizon + 0.12, 0.9)]),
    shake: rng.uniform() < 0.25 ? between(0.5, 1.6) : 0,
  };
}

/** Height of a standing person as a share of the picture height, for feet at height `y` of the picture. */
export function personScale({ horizon }: ScenePlan, y: number): number {
  return 0.1 + (0.4 * (y - horizon)) / (1 - horizon);
}

/** The still background, `margin` pixels larger than the picture on each side. */
export function renderBackground(scene: ScenePlan, width: number, height: number): Canvas {
  const canvas = { width: width + 2 * margin, height: height + 2 * margin, data: new Uint8Array(0) };
  canvas.data = new Uint8Array(canvas.width * canvas.height * 3);
  const shade = scene.place === 'street' ? streetColor : hallColor;
  let i = 0;
  for (let row = 0; row < canvas.height; row++) {
    const y = (row - margin) / height;
    for (let column = 0; column < canvas.width; column++) {
      const x = (column - margin) / width;
      const [color, relief] = y < scene.horizon ? shade(scene, x, y) : groundColor(scene, x, y);
      const fine = hashUnit(scene.seed + 1, row * 8192 + column) * 4;
      const offset = relief + fine + 9 * planeNoise(scene.seed + 2, x * 23, y * 17);
      for (const channel of color) canvas.data[i++] = Math.min(255, Math.max(0, channel + offset));
    }
  }
  for (const [x, y] of scene.posts) {
    const size = personScale(scene, y) * height;
    const [px, py] = [x * width + margin, y * height + margin];
    fillCapsule(canvas, px, py, px, py - size * 1.5, size * 0.05, [72, 74, 78]);
  }
  return canvas;
}

type Shade = [color: Rgb, offset: number];

/** Houses of random height with rows of windows, sky above. */
function streetColor({ seed, horizon, sky, wall }: ScenePlan, x: number, y: number): Shade {
  const house = Math.floor((x + 0.35) * 4.2);
  const roof = horizon * (0.18 + 0.3 * (hashUnit(seed + 3, house) + 1));
  if (y < roof) return [sky, 30 * (horizon - y)];
  const column = (x + 0.35) * 4.2 * 5;
  const floor = ((y - roof) / horizon) * 9;
  const inWindow = column % 1 > 0.35 && column % 1 < 0.8 && floor % 1 > 0.3 && floor % 1 < 0.75;
  const lit = hashUnit(seed + 4, Math.floor(column) * 64 + Math.floor(floor)) > 0.5;
  return [wall, 26 * hashUnit(seed + 5, house) + (inWindow ? (lit ? 55 : -45) : 0)];
}

/** A wall of panels with doors and a band of lamps. */
function hallColor({ seed, horizon, wall }: ScenePlan, x: number, y: number): Shade {
  const panel = (x + 0.2) * 6;
  const isDoor = hashUnit(seed + 6, Math.floor(panel)) > 0.45 && panel % 1 > 0.2 && panel % 1 < 0.8;
  const lamp = y < horizon * 0.15 && ((x + 0.2) * 9) % 1 < 0.4;
  if (lamp) return [wall, 85];
  if (isDoor && y > horizon * 0.35) return [wall, -38];
  return [wall, panel % 1 < 0.04 ? -22 : 14 * hashUnit(seed + 7, Math.floor(panel))];
}

/** Paving in perspective: joints run to the vanishing point and crowd together towards the horizon. */
function groundColor({ seed, horizon, ground }: ScenePlan, x: number, y: number): Shade {
  const depth = (1 - horizon) / (y - horizon + 0.04);
  const across = (x - 0.5) * depth * 3 + 100;
  const along = depth * 2.5;
  const joint = across % 1 < 0.05 || along % 1 < 0.07 ? -20 : 0;
  return [ground, joint + 11 * hashUnit(seed + 8, Math.floor(across) * 512 + Math.floor(along))];
}
