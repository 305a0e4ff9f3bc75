import type { AudioClip } from '@robusta/core';
import { AUDIO_CORRUPTIONS, corruptAudio } from '@robusta/corruptions-audio';

export function run() {
  const tone = Float32Array.from({ length: 16000 }, (_, i) => 0.3 * Math.sin(i * 0.1));
  const clip: AudioClip = { sampleRate: 16000, channels: [tone] };
  const noisy = corruptAudio(clip, 'white', { severity: 3, seed: 42 });
  const changed = noisy.channels[0]!.some((value, i) => value !== tone[i]);
  return { known: AUDIO_CORRUPTIONS.length, samples: noisy.channels[0]!.length, changed };
}

export const expected = { known: 8, samples: 16000, changed: true };
