import type { VideoPlan } from '../synthetic/plan.js';

/** Renders a synthetic video into a file. */
export interface RenderJob {
  kind: 'render';
  plan: VideoPlan;
  /** The `.mp4` to write. */
  output: string;
}

/** What {@link RenderJob} returns. */
export interface RenderResult {
  frames: number;
}
