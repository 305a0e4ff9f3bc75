import { WINDOW_FRAMES } from '../grid.js';

/** Sixteen working images and what every group of features needs of them. Reused from snippet to snippet. */
export class Snippet {
  /** Working colour planes in [0, 1], row-major, one array a frame. */
  readonly red: Float32Array[];
  readonly green: Float32Array[];
  readonly blue: Float32Array[];
  /** Rec. 601 luma in [0, 1]. */
  readonly luma: Float32Array[];
  /** Central differences of the luma (luma a pixel), zero on the border. */
  readonly gx: Float32Array[];
  readonly gy: Float32Array[];
  /** `diff[t] = luma[t + 1] - luma[t]`, 15 of them. */
  readonly diff: Float32Array[];

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    const planes = (count: number) => Array.from({ length: count }, () => new Float32Array(width * height));
    this.red = planes(WINDOW_FRAMES);
    this.green = planes(WINDOW_FRAMES);
    this.blue = planes(WINDOW_FRAMES);
    this.luma = planes(WINDOW_FRAMES);
    this.gx = planes(WINDOW_FRAMES);
    this.gy = planes(WINDOW_FRAMES);
    this.diff = planes(WINDOW_FRAMES - 1);
  }

  /** Repeats the first `count` images until there are sixteen. */
  loop(count: number): void {
    for (let t = count; t < WINDOW_FRAMES; t++) {
      for (const planes of [this.red, this.green, this.blue]) planes[t]!.set(planes[t % count]!);
    }
  }

  /** Computes luma, gradients and differences from the colour planes. */
  derive(): void {
    const { width, height } = this;
    for (let t = 0; t < WINDOW_FRAMES; t++) {
      const luma = this.luma[t]!;
      const red = this.red[t]!;
      const green = this.green[t]!;
      const blue = this.blue[t]!;
      for (let i = 0; i < luma.length; i++) luma[i] = 0.299 * red[i]! + 0.587 * green[i]! + 0.114 * blue[i]!;
      gradients(luma, width, height, this.gx[t]!, this.gy[t]!);
      if (t === 0) continue;
      const diff = this.diff[t - 1]!;
      const before = this.luma[t - 1]!;
      for (let i = 0; i < diff.length; i++) diff[i] = luma[i]! - before[i]!;
    }
  }
}

/** Central differences inside, zero on the border. */
function gradients(
  image: Float32Array,
  width: number,
  height: number,
  gx: Float32Array,
  gy: Float32Array,
): void {
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
      gx[i] = 0.5 * (image[i + 1]! - image[i - 1]!);
      gy[i] = 0.5 * (image[i + width]! - image[i - width]!);
    }
  }
}
