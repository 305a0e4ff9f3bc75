import type { Progress } from '../options.js';

/** How far a run has come: what it is at, and how much of that is done. */
export interface StageProgress extends Progress {
  stage: string;
}

/** What goes along with every part of a run. */
export interface StageOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: StageProgress) => void) | undefined;
}
