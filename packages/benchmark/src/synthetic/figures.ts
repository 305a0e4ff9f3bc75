import { type Canvas, fillCapsule, type Rgb } from './canvas.js';

/** How a person looks. */
export interface Look {
  skin: Rgb;
  top: Rgb;
  legs: Rgb;
  /** Relative to the average. */
  height: number;
}

/** A person at one moment; lengths in pixels, angles in radians (0: limb hangs down, positive: to the right). */
export interface Pose {
  x: number;
  /** Of the feet. */
  y: number;
  size: number;
  /** Tilt of the body. */
  lean: number;
  /** Of each leg from the vertical. */
  legs: readonly [number, number];
  /** Of each arm from the vertical. */
  arms: readonly [number, number];
}

const black: Rgb = [0, 0, 0];

/** Draws a person with its shadow. `tone` turns a colour into what the camera sees of it under the present light. */
export function drawPerson(canvas: Canvas, pose: Pose, look: Look, tone: (color: Rgb) => Rgb): void {
  const { x, y, size, lean } = pose;
  const leg = size * 0.47;
  const hipY = y - leg;
  const shoulderX = x + Math.sin(lean) * size * 0.36;
  const shoulderY = hipY - Math.cos(lean) * size * 0.36;
  fillCapsule(canvas, x - size * 0.16, y, x + size * 0.16, y, size * 0.035, black, 0.35);
  const legs = tone(look.legs);
  for (const angle of pose.legs) {
    fillCapsule(canvas, x, hipY, x + Math.sin(angle) * leg, hipY + Math.cos(angle) * leg, size * 0.055, legs);
  }
  const top = tone(look.top);
  const [back, front] = pose.arms;
  drawArm(canvas, shoulderX, shoulderY, back, size, top);
  fillCapsule(canvas, x, hipY, shoulderX, shoulderY, size * 0.1, top);
  drawArm(canvas, shoulderX, shoulderY, front, size, top);
  const headX = shoulderX + Math.sin(lean) * size * 0.14;
  const headY = shoulderY - Math.cos(lean) * size * 0.14;
  fillCapsule(canvas, headX, headY, headX, headY, size * 0.075, tone(look.skin));
}

function drawArm(canvas: Canvas, x: number, y: number, angle: number, size: number, color: Rgb): void {
  const length = size * 0.34;
  fillCapsule(canvas, x, y, x + Math.sin(angle) * length, y + Math.cos(angle) * length, size * 0.042, color);
}

/** Draws a car whose wheels stand at `y`; `size` is its length in pixels, `tilt` lifts its front. */
export function drawCar(
  canvas: Canvas,
  { x, y, size, direction, tilt }: { x: number; y: number; size: number; direction: 1 | -1; tilt: number },
  color: Rgb,
  tone: (color: Rgb) => Rgb,
): void {
  const paint = tone(color);
  const rise = tilt * size * 0.5 * direction;
  const front = x + size * 0.42;
  const rear = x - size * 0.42;
  fillCapsule(canvas, rear, y, front, y, size * 0.05, black, 0.4);
  fillCapsule(canvas, rear, y - size * 0.15 + rise, front, y - size * 0.15 - rise, size * 0.09, paint);
  fillCapsule(canvas, x - size * 0.2, y - size * 0.27, x + size * 0.17, y - size * 0.27, size * 0.08, paint);
  fillCapsule(
    canvas,
    x - size * 0.16,
    y - size * 0.27,
    x + size * 0.14,
    y - size * 0.27,
    size * 0.05,
    tone([70, 85, 95]),
  );
  for (const wheel of [-0.27, 0.27]) {
    fillCapsule(
      canvas,
      x + wheel * size,
      y - size * 0.06,
      x + wheel * size,
      y - size * 0.06,
      size * 0.065,
      tone([25, 25, 28]),
    );
  }
}

/** Draws a cyclist: wheels and frame below a leaning person. */
export function drawCyclist(canvas: Canvas, pose: Pose, look: Look, tone: (color: Rgb) => Rgb): void {
  const { x, y, size } = pose;
  const dark = tone([30, 30, 35]);
  for (const wheel of [-0.3, 0.3]) {
    const cx = x + wheel * size;
    const r = size * 0.18;
    for (let i = 0; i < 8; i++) {
      const [a, b] = [(i * Math.PI) / 4, ((i + 1) * Math.PI) / 4];
      fillCapsule(
        canvas,
        cx + r * Math.cos(a),
        y - r + r * Math.sin(a),
        cx + r * Math.cos(b),
        y - r + r * Math.sin(b),
        size * 0.02,
        dark,
      );
    }
  }
  fillCapsule(canvas, x - 0.3 * size, y - 0.18 * size, x + 0.25 * size, y - 0.35 * size, size * 0.025, dark);
  drawPerson(canvas, { ...pose, y: y - size * 0.14 }, look, tone);
}
