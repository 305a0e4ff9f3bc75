import type { Frame } from '@robusta/core';
import { createFrameCorruption, VISUAL_CORRUPTIONS } from '@robusta/corruptions-visual';

export function run() {
  const frame: Frame = { width: 32, height: 16, data: new Uint8Array(32 * 16 * 3).fill(100) };
  const fog = createFrameCorruption('fog', { severity: 3, seed: 42, width: 32, height: 16, fps: 24 });
  const { width, height, data } = fog.apply(frame, 0);
  return { known: VISUAL_CORRUPTIONS.length, width, height, changed: data.some((value) => value !== 100) };
}

export const expected = { known: 8, width: 32, height: 16, changed: true };
