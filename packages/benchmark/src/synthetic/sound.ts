import type { AudioClip } from '@robusta/core';
import { renderAmbience } from './ambience.js';
import { addEventSound } from './event-sounds.js';
import type { VideoPlan } from './plan.js';

/** Renders the sound of a video: mono, as long as its frames, a pure function of the plan. */
export function renderSound(plan: VideoPlan): AudioClip {
  const { frames, fps, sampleRate, ambience, events } = plan;
  const samples = new Float32Array(Math.round((frames * sampleRate) / fps));
  renderAmbience(samples, sampleRate, ambience);
  for (const event of events) addEventSound(samples, sampleRate, fps, event);
  // A microphone does not clip hard: the sum of loud sounds is compressed below 1.
  for (let i = 0; i < samples.length; i++) samples[i] = Math.tanh(samples[i]!);
  return { sampleRate, channels: [samples] };
}
