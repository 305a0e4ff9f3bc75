import type { Frame } from '@robusta/core';
import { writeMedia } from '@robusta/media';
import { createRenderer } from '../synthetic/render.js';
import { renderSound } from '../synthetic/sound.js';
import type { RenderJob, RenderResult } from './render-job.js';

/** Renders and encodes a synthetic video; the file appears whole or not at all. */
export async function runRenderJob(
  { plan, output }: RenderJob,
  { signal }: { signal?: AbortSignal } = {},
): Promise<RenderResult> {
  const { fps, frames } = plan;
  const options = { fps, crf: 23, preset: 'ultrafast', audioBitrate: 96_000, signal } as const;
  await writeMedia(output, { ...options, frames: pictures(plan), audio: renderSound(plan) });
  return { frames };
}

function* pictures(plan: RenderJob['plan']): Generator<Frame> {
  const render = createRenderer(plan);
  for (let index = 0; index < plan.frames; index++) yield render(index);
}
