/** One tap of a blur: reads the pixel at (x + dx, y + dy) with a weight. */
export interface Tap {
  dx: number;
  dy: number;
  /** In units of 1 / {@link WEIGHT_ONE}; the weights of a blur sum to it. */
  weight: number;
}

/** Fixed point of the weights: 255 times this still fits an int32. */
export const WEIGHT_BITS = 22;
export const WEIGHT_ONE = 2 ** WEIGHT_BITS;

/**
 * One-sided Gaussian of 2 * radius + 1 taps, k[i] proportional to exp(-i^2 / 2 sigma^2), sum 1 (ImageNet-C).
 * @param radius - a whole number >= 0
 * @param sigma - > 0
 */
export function motionBlurKernel(radius: number, sigma: number): Float64Array {
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp((-i * i) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((total, value) => total + value, 0);
  return kernel.map((value) => value / sum);
}

/**
 * Where each tap reads, seen from the pixel it is for: `[dx, dy]` = ceil(i cos - 1/2), ceil(i sin - 1/2).
 * @param angleDeg - 0 blurs along x, positive angles turn towards +y (down)
 */
export function motionBlurOffsets(taps: number, angleDeg: number): [dx: number, dy: number][] {
  const angle = angleDeg * (Math.PI / 180);
  // The detour over the end point and its length is that of the original: it decides how the halves at
  // +-30 degrees, where i sin = i / 2, come out.
  const endX = taps * Math.cos(angle);
  const endY = taps * Math.sin(angle);
  const length = Math.hypot(endX, endY);
  return Array.from({ length: taps }, (_, i) => [
    Math.ceil((i * endX) / length - 0.5) + 0,
    Math.ceil((i * endY) / length - 0.5) + 0,
  ]);
}

/**
 * The taps with weights in fixed point, those that read the same pixel joined. With edges clamped, an offset
 * beyond the frame reads the same as one that ends at its far edge, so offsets stay below the frame's sides.
 */
export function motionBlurTaps(
  kernel: Float64Array,
  offsets: [number, number][],
  width: number,
  height: number,
): Tap[] {
  const clamp = (offset: number, side: number) => Math.max(1 - side, Math.min(side - 1, offset));
  const joined = new Map<string, { dx: number; dy: number; weight: number }>();
  offsets.forEach(([rawX, rawY], i) => {
    const dx = clamp(rawX, width);
    const dy = clamp(rawY, height);
    const tap = joined.get(`${dx},${dy}`);
    if (tap) tap.weight += kernel[i]!;
    else joined.set(`${dx},${dy}`, { dx, dy, weight: kernel[i]! });
  });
  const taps = Array.from(joined.values(), (tap) => ({
    ...tap,
    weight: Math.round(tap.weight * WEIGHT_ONE),
  }));
  // The largest weight, the first, takes what rounding left over: a flat frame then stays exactly as it is.
  taps[0]!.weight += WEIGHT_ONE - taps.reduce((sum, tap) => sum + tap.weight, 0);
  return taps.filter((tap) => tap.weight !== 0);
}
