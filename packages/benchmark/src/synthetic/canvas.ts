/** Red, green, blue in 0…255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** RGB24 pixels to draw on, row-major. */
export interface Canvas {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Draws a line from a to b of the given radius with round ends and smooth edges; a = b gives a disc. */
export function fillCapsule(
  { width, height, data }: Canvas,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  radius: number,
  [red, green, blue]: Rgb,
  alpha = 1,
): void {
  const left = Math.max(0, Math.floor(Math.min(ax, bx) - radius - 1));
  const right = Math.min(width - 1, Math.ceil(Math.max(ax, bx) + radius + 1));
  const top = Math.max(0, Math.floor(Math.min(ay, by) - radius - 1));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(ay, by) + radius + 1));
  const dx = bx - ax;
  const dy = by - ay;
  const inverse = dx === 0 && dy === 0 ? 0 : 1 / (dx * dx + dy * dy);
  for (let y = top; y <= bottom; y++) {
    const py = y - ay;
    for (let x = left; x <= right; x++) {
      const px = x - ax;
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) * inverse));
      const ex = px - along * dx;
      const ey = py - along * dy;
      const cover = radius + 0.5 - Math.sqrt(ex * ex + ey * ey);
      if (cover <= 0) continue;
      const a = alpha * Math.min(1, cover);
      const i = (y * width + x) * 3;
      data[i] = data[i]! + (red - data[i]!) * a;
      data[i + 1] = data[i + 1]! + (green - data[i + 1]!) * a;
      data[i + 2] = data[i + 2]! + (blue - data[i + 2]!) * a;
    }
  }
}

/** Blends a colour in, fully at the centre and falling to nothing at the radius (fire, smoke, glare). */
export function fillGlow(
  { width, height, data }: Canvas,
  cx: number,
  cy: number,
  radius: number,
  [red, green, blue]: Rgb,
  alpha: number,
): void {
  if (radius <= 0 || alpha <= 0) return;
  const left = Math.max(0, Math.ceil(cx - radius));
  const right = Math.min(width - 1, Math.floor(cx + radius));
  const top = Math.max(0, Math.ceil(cy - radius));
  const bottom = Math.min(height - 1, Math.floor(cy + radius));
  const inverse = 1 / (radius * radius);
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const fall = 1 - ((x - cx) * (x - cx) + (y - cy) * (y - cy)) * inverse;
      if (fall <= 0) continue;
      const a = alpha * fall * fall;
      const i = (y * width + x) * 3;
      data[i] = data[i]! + (red - data[i]!) * a;
      data[i + 1] = data[i + 1]! + (green - data[i + 1]!) * a;
      data[i + 2] = data[i + 2]! + (blue - data[i + 2]!) * a;
    }
  }
}
