import { corruptAudio } from '@robusta/corruptions-audio';
import { measure, record } from '@robusta/test-kit/bench';

const sampleRate = 44100;
const seconds = 60;
const samples = Float32Array.from({ length: seconds * sampleRate }, (_, i) => 0.3 * Math.sin(i * 0.03));
const clip = { sampleRate, channels: [samples] };

for (const [name, options] of [
  ['white', {}],
  ['random-dropout', {}],
  ['random-dropout', { unit: 'frames' }],
  ['random-dropout', { unit: 'samples' }],
  ['reverb', {}],
]) {
  const ms = await measure(() => corruptAudio(clip, name, { severity: 3, seed: 1, ...options }));
  const unit = options.unit ? `, ${options.unit}` : '';
  record({
    package: '@robusta/corruptions-audio',
    name: `${name}${unit}, severity 3, 44.1 kHz mono, ${seconds} s`,
    value: (1000 * seconds) / ms,
    unit: 'x real time',
  });
}
